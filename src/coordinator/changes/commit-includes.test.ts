import { describe, expect, test } from 'vitest';
import { openLab, type Lab } from '../../../test/support/coordinator.ts';
import { IncludePolicy, IncludeStore, openIncludes, remoteCache } from '../../includes/index.ts';
import { systemClock } from '../../kit/index.ts';
import { readAudit } from '../../audit/index.ts';

const ci = 'https://ci.example.org';
const including = (url: string, more = '') => ({ '.gitlab-ci.yml': `include: ${url}\n${more}` });
const job = (script: string) => `work: { script: ["${script}"] }\n`;

/** A lab whose stack may read `ci.example.org`, which has these texts. */
async function labWith(web: Record<string, string>): Promise<{ lab: Lab; requests: string[] }> {
  const lab = await openLab();
  const requests: string[] = [];
  const hosts = [{ host: 'ci.example.org', port: 443, allowPrivate: false }];
  const parts = {
    policy: new IncludePolicy([{ hosts, projects: [], components: [] }], () => '127.0.0.1:1'),
    store: new IncludeStore(lab.folder.includes),
    cache: remoteCache(),
    clock: systemClock,
    transport: async ({ url }: { url: URL }) => {
      requests.push(url.href);
      const text = web[url.href];
      return { status: text === undefined ? 404 : 200, headers: new Headers(), body: Buffer.from(text ?? '') };
    },
  };
  Object.assign(lab.stack, { includes: (pinned = []) => openIncludes(parts, pinned) });
  return { lab, requests };
}

const pipelinesOf = (lab: Lab) => lab.context.pipelines.list({ stack: 'lab' });

describe('a pipeline that includes a text from elsewhere', () => {
  test('runs its jobs, and records what the text was', async () => {
    const { lab } = await labWith({ [`${ci}/a.yml`]: job('one') });
    const { event } = lab.push('main', including(`${ci}/a.yml`));
    await lab.happens(event);
    const [pipeline] = pipelinesOf(lab);
    const [include] = lab.context.pipelines.state(pipeline?.id ?? '').plan.includes ?? [];
    expect(include).toMatchObject({ kind: 'remote', source: `${ci}/a.yml`, resolved: `${ci}/a.yml` });
    expect((await lab.take())?.plan.script).toEqual(['one']);
    const records = [...readAudit(lab.folder.audit, { action: 'pipeline.include' })];
    expect(records).toMatchObject([{ on: `${ci}/a.yml` }]);
  });

  test('is refused with the line and the remedy where the policy does not permit it', async () => {
    const { lab, requests } = await labWith({});
    const { sha, event } = lab.push('main', including('https://other.example.org/a.yml', job('one')));
    await lab.happens(event);
    expect(lab.status(sha)).toMatch(/^error: .*`includes.hosts`/);
    expect(requests).toEqual([]);
  });

  test('gives the same text to its child pipelines, whatever the host has by then', async () => {
    const web = { [`${ci}/a.yml`]: job('one') };
    const { lab } = await labWith(web);
    const child = `child: { trigger: { include: [{ remote: "${ci}/a.yml" }], strategy: depend }, when: manual }\n`;
    const { event } = lab.push('main', including(`${ci}/a.yml`, child));
    await lab.happens(event);
    const [{ id } = { id: '' }] = pipelinesOf(lab);
    web[`${ci}/a.yml`] = job('two');
    lab.coordinator.driver.dispatch(id, { type: 'play', job: 'child', at: lab.coordinator.driver.now });
    await lab.coordinator.settle();
    const [below] = lab.context.pipelines.children(id);
    expect(lab.context.pipelines.state(below?.id ?? '').plan.jobs[0]?.script).toEqual(['one']);
  });

  test('may include a component of its own repository at its own commit without permission', async () => {
    const { lab, requests } = await labWith({});
    const { event } = lab.push('main', {
      '.gitlab-ci.yml':
        'include: [{ component: $CI_SERVER_FQDN/$CI_PROJECT_PATH/lint@$CI_COMMIT_SHA, inputs: { word: hello } }]\n',
      'templates/lint.yml': 'spec: { inputs: { word: } }\n---\nlint: { script: ["echo $[[ inputs.word ]]"] }\n',
    });
    await lab.happens(event);
    expect((await lab.take())?.plan.script).toEqual(['echo hello']);
    expect(requests).toEqual([]);
  });
});

describe('the pipeline of a fork', () => {
  async function forkWith(files: Readonly<Record<string, string>>, web: Record<string, string>) {
    const { lab, requests } = await labWith(web);
    const { sha: baseSha } = lab.push('main', { 'slipway.yaml': 'forks: run\n', ...including(`${ci}/a.yml`) });
    const { sha } = lab.push('topic', { 'slipway.yaml': 'forks: run\n', ...files });
    await lab.happens(lab.forge.request('7', sha, { fork: true, baseSha }));
    return { lab, requests, status: lab.status(sha), pipeline: pipelinesOf(lab).find(({ head }) => head === sha) };
  }

  test('includes what the base branch includes', async () => {
    const { lab, pipeline } = await forkWith(including(`${ci}/a.yml`, 'more: { script: [x] }'), {
      [`${ci}/a.yml`]: job('one'),
    });
    expect(pipeline?.trust).toBe('untrusted');
    expect(lab.context.pipelines.state(pipeline?.id ?? '').plan.jobs.map(({ name }) => name)).toEqual(['work', 'more']);
  });

  test('gets nothing else, though the policy permits it, and nothing is requested', async () => {
    const { requests, status, pipeline } = await forkWith(including(`${ci}/b.yml`), {
      [`${ci}/a.yml`]: job('one'),
      [`${ci}/b.yml`]: job('two'),
    });
    expect(pipeline).toBeUndefined();
    expect(status).toContain('a fork may include only what its base branch includes');
    expect(requests).not.toContain(`${ci}/b.yml`);
  });
});
