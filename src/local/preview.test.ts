import { expect, test } from 'vitest';
import { readPipeline, type PipelinePlan } from '../gitlab/index.ts';
import { previewPipeline } from './preview.ts';

function read(text: string): PipelinePlan {
  const { plan, diagnostics } = readPipeline(text, 'ci.yml', { variables: {}, source: 'push' });
  if (plan === undefined) throw new Error(JSON.stringify(diagnostics));
  return plan;
}

const YAML = `
stages: [one, two]
variables: { A: "1", B: { value: "$A", expand: false } }
.base: { before_script: [echo before], retry: { max: 1, when: script_failure, exit_codes: [3] } }
first: { extends: .base, stage: one, script: [[echo, hi]], artifacts: { paths: [out], expire_in: never, reports: { dotenv: x.env } } }
second: { stage: two, script: x, needs: [{ job: first, artifacts: false }], when: delayed, start_in: 2 minutes, timeout: 1h }
third: { stage: two, script: x, needs: [], when: manual, allow_failure: { exit_codes: 4 }, tags: [big], interruptible: true, resource_group: r }
fourth: { stage: two, trigger: { include: [{ artifact: p.yml, job: first }], strategy: depend }, allow_failure: true }
fifth:
  stage: two
  script: x
  image: { name: debian, entrypoint: [""], pull_policy: always }
  services: [{ name: redis, alias: r, variables: { P: "1" } }]
  cache: [{ key: { files: [a] }, paths: [c], policy: pull, fallback_keys: [k] }, { key: x, paths: [d] }]
  environment: { name: board, url: https://example.org, action: prepare }
  coverage: '/\\d+%/'
  inherit: { variables: [B] }
  hooks: { pre_get_sources_script: [echo hi] }
  artifacts: { paths: [a], exclude: [b], when: always, expose_as: a thing }
never: { stage: one, script: x, rules: [{ if: "$A == '2'" }] }
`;

test('a preview has no templates and rules, and reads as the same plan', () => {
  const plan = read(YAML);
  const text = previewPipeline(plan);
  expect(text).not.toContain('extends');
  expect(text).not.toContain('never:');
  expect(read(text)).toEqual(plan);
});

test('a preview keeps names and values that YAML could read as something else', () => {
  const yaml = JSON.stringify({
    stages: ['0'],
    'zlib@1.3.1 /abc123 %gcc arch=linux: [group] #1': {
      stage: '0',
      script: ['echo "a: b" # no'],
      variables: { V: '1.10', T: 'yes', H: '9138e10' },
    },
  });
  const plan = read(yaml);
  expect(plan.jobs[0]?.name).toBe('zlib@1.3.1 /abc123 %gcc arch=linux: [group] #1');
  expect(Object.values(plan.jobs[0]?.variables ?? {}).map(({ value }) => value)).toEqual(['1.10', 'yes', '9138e10']);
  expect(read(previewPipeline(plan))).toEqual(plan);
});
