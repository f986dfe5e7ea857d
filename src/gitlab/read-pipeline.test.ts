import { describe, expect, test } from 'vitest';
import { readPipeline } from './read-pipeline.ts';
import type { PipelineContext } from './pipeline-plan.ts';

function read(text: string, context: Partial<PipelineContext> = {}) {
  return readPipeline(text, 'ci.yml', { variables: {}, source: 'push', ...context });
}

function planOf(text: string, context: Partial<PipelineContext> = {}) {
  const { plan, diagnostics } = read(text, context);
  expect(diagnostics.filter((one) => one.severity === 'error')).toEqual([]);
  if (plan === undefined) throw new Error('the pipeline was not created');
  return plan;
}

function jobOf(text: string, name: string, context: Partial<PipelineContext> = {}) {
  const job = planOf(text, context).jobs.find((one) => one.name === name);
  if (job === undefined) throw new Error(`there is no job ${name}`);
  return job;
}

function faultsOf(text: string, context: Partial<PipelineContext> = {}) {
  const { plan, diagnostics } = read(text, context);
  expect(plan).toBeUndefined();
  return diagnostics
    .filter((one) => one.severity === 'error')
    .map(({ code, line, column }) => `${code} ${line}:${column}`);
}

describe('stages', () => {
  test('only stages with jobs are kept, .pre first and .post last', () => {
    const plan = planOf(
      'stages: [one, two]\na: {stage: two, script: x}\nb: {stage: .post, script: x}\nc: {stage: .pre, script: x}\n',
    );
    expect(plan.stages).toEqual(['.pre', 'two', '.post']);
  });

  test('a job without a stage is in `test`', () => {
    expect(jobOf('a: {script: x}', 'a').stage).toBe('test');
  });

  test('an undefined stage is reported with its position', () => {
    expect(faultsOf('stages: [one]\na:\n  script: x\n  stage: two\n')).toEqual(['GITLAB_STAGE_UNKNOWN 4:3']);
  });

  test('jobs of .pre and .post alone make no pipeline', () => {
    expect(read('a: {stage: .pre, script: x}').notCreated).toContain('.pre');
  });
});

describe('scripts', () => {
  test('nested lists are flattened, before_script stands first', () => {
    const job = jobOf('.s: &s [a, [b]]\nj:\n  before_script: [*s]\n  script:\n  - *s\n  - c\n  after_script: d\n', 'j');
    expect(job.script).toEqual(['a', 'b', 'a', 'b', 'c']);
    expect(job.afterScript).toEqual(['d']);
  });

  test('default before_script is used by jobs without one, unless `inherit` excludes it', () => {
    const text =
      'default: {before_script: [d]}\na: {script: x}\nb: {before_script: [own], script: x}\nc: {script: x, inherit: {default: false}}\n';
    expect(planOf(text).jobs.map((job) => job.script)).toEqual([['d', 'x'], ['own', 'x'], ['x']]);
  });

  test('a job without script and trigger is an error, hidden jobs are not', () => {
    expect(faultsOf('.hidden: {image: x}\na: {stage: test}\n')).toEqual(['GITLAB_SCRIPT_MISSING 2:1']);
  });
});

describe('extends and !reference', () => {
  test('mappings are merged over several levels and templates, lists replaced', () => {
    const text =
      '.base: {variables: {A: 1, B: 1}, tags: [x]}\n.mid: {extends: .base, variables: {B: 2}}\n.other: {variables: {C: 3}, tags: [y]}\n' +
      'j: {extends: [.mid, .other], script: x, variables: {A: 9}}\n';
    const job = jobOf(text, 'j');
    expect(
      Object.entries(job.variables)
        .map(([name, { value }]) => `${name}=${value}`)
        .toSorted(),
    ).toEqual(['A=9', 'B=2', 'C=3']);
    expect(job.tags).toEqual(['y']);
  });

  test('a circle is reported once', () => {
    expect(faultsOf('.a: {extends: .b}\n.b: {extends: .a}\nj: {script: x}\n')).toHaveLength(1);
  });

  test('a missing template is reported at `extends`', () => {
    expect(faultsOf('j:\n  extends: .no\n  script: x\n')).toContain('GITLAB_EXTENDS_MISSING 2:3');
  });

  test('a reference takes a part of another job, also of what that extends', () => {
    const text = '.base: {script: [a]}\n.s: {extends: .base}\nj:\n  script:\n  - !reference [.s, script]\n  - b\n';
    expect(jobOf(text, 'j').script).toEqual(['a', 'b']);
  });

  test('references to nothing and to themselves are errors', () => {
    expect(faultsOf('j:\n  script: [!reference [.s, script]]\n')[0]).toMatch(/^GITLAB_REFERENCE_INVALID/);
    expect(faultsOf('j:\n  script: [!reference [j, script]]\n')[0]).toMatch(/^GITLAB_REFERENCE_INVALID/);
  });

  test('a fault in a template is reported at the template', () => {
    expect(faultsOf('.t:\n  retry: 5\nj: {extends: .t, script: x}\n')).toEqual(['GITLAB_VALUE_INVALID 2:3']);
  });
});

describe('variables', () => {
  test('scalars become text, expand: false becomes raw', () => {
    const job = jobOf(
      'variables: {N: 1, B: true, R: {value: $X, expand: false, description: d}}\nj: {script: x}\n',
      'j',
    );
    expect(job.variables).toEqual({
      N: { value: '1', raw: false },
      B: { value: 'true', raw: false },
      R: { value: '$X', raw: true },
    });
  });

  test("pipeline variables stand over the job's, the job's over global ones", () => {
    const text = 'variables: {A: global, B: global, C: global}\nj: {script: x, variables: {B: job, C: job}}\n';
    const job = jobOf(text, 'j', { pipelineVariables: { C: 'explicit' } });
    expect(Object.values(job.variables).map(({ value }) => value)).toEqual(['global', 'job', 'explicit']);
  });

  test('inherit:variables takes the named ones only', () => {
    expect(
      Object.keys(jobOf('variables: {A: 1, B: 2}\nj: {script: x, inherit: {variables: [B]}}\n', 'j').variables),
    ).toEqual(['B']);
  });

  test('numbers too large to be exact stay text', () => {
    expect(jobOf('j: {script: x, variables: {N: 12345678901234567890}}', 'j').variables['N']?.value).toBe(
      '12345678901234567890',
    );
  });
});

describe('rules', () => {
  const text =
    'j:\n  script: x\n  rules:\n  - if: $CI_PIPELINE_SOURCE == "merge_request_event"\n    when: never\n' +
    '  - if: $CI_COMMIT_BRANCH == "main"\n    when: manual\n    variables: {V: main}\n  - if: $CI_COMMIT_BRANCH\n    allow_failure: true\n';

  test('the first rule that holds decides', () => {
    const main = jobOf(text, 'j', { variables: { CI_COMMIT_BRANCH: 'main' } });
    expect(main).toMatchObject({ when: 'manual', allowFailure: false, variables: { V: { value: 'main' } } });
    expect(jobOf(text, 'j', { variables: { CI_COMMIT_BRANCH: 'other' } })).toMatchObject({
      when: 'on_success',
      allowFailure: true,
    });
  });

  test('where none holds, or one says never, the job is left out', () => {
    expect(read(text).notCreated).toContain('no job');
    expect(read(text, { source: 'merge_request_event', variables: { CI_COMMIT_BRANCH: 'main' } }).plan).toBeUndefined();
  });

  test('workflow rules decide about the whole pipeline and set variables', () => {
    const flow = 'workflow: {rules: [{if: $GO == "1", variables: {W: yes}}]}\nj: {script: x}\n';
    expect(read(flow).notCreated).toContain('workflow');
    expect(jobOf(flow, 'j', { variables: { GO: '1' } }).variables['W']?.value).toBe('true');
  });

  test('changes counts as true, with a warning', () => {
    const { plan, diagnostics } = read('j:\n  script: x\n  rules:\n  - changes: [a]\n');
    expect(plan?.jobs).toHaveLength(1);
    expect(diagnostics).toMatchObject([{ code: 'GITLAB_CONDITION_ASSUMED', severity: 'warning', line: 4, column: 5 }]);
  });

  test('a broken expression is an error even after a rule that holds', () => {
    expect(faultsOf('j:\n  script: x\n  rules:\n  - when: always\n  - if: $A ==\n')).toEqual([
      'GITLAB_EXPRESSION_INVALID 5:5',
    ]);
  });

  test('a manual job may fail, unless rules made it manual', () => {
    expect(jobOf('j: {script: x, when: manual}', 'j').allowFailure).toBe(true);
  });
});

describe('needs', () => {
  test('all forms are read, cross-pipeline needs too', () => {
    const text = 'a: {script: x}\nj:\n  script: x\n  needs: [a, {job: b, optional: true}, {job: g, pipeline: $P}]\n';
    expect(jobOf(text, 'j').needs).toEqual([
      { job: 'a', artifacts: true, optional: false },
      { job: 'g', artifacts: true, optional: false, pipeline: '$P' },
    ]);
  });

  test('missing, later and circular needs are reported together', () => {
    const text =
      'stages: [s, t]\na: {stage: s, script: x, needs: [none, z]}\nb: {stage: s, script: x, needs: [c]}\nc: {stage: s, script: x, needs: [b]}\nz: {stage: t, script: x}\n';
    expect(faultsOf(text).map((fault) => fault.split(' ')[0])).toEqual([
      'GITLAB_NEED_MISSING',
      'GITLAB_NEED_LATER',
      'GITLAB_NEEDS_CYCLE',
    ]);
  });

  test('a name that does not exist is corrected by the hint', () => {
    const hintsOf = (text: string) => read(text).diagnostics.map(({ hint }) => hint);
    expect(hintsOf('build: {script: x}\nj: {script: x, needs: [biuld]}\n')).toEqual(['Did you mean `build`?']);
    expect(hintsOf('stages: [one, build]\nj: {script: x, stage: biuld}\n')).toEqual(['Did you mean `build`?']);
    expect(hintsOf('.base: {script: x}\nj: {extends: .bse, script: x}\n')).toEqual(['Did you mean `.base`?']);
    expect(hintsOf('build: {script: x}\nj: {stage: .post, script: x, dependencies: [biuld]}\n')).toEqual([
      'Did you mean `build`?',
    ]);
    expect(hintsOf('j: {script: x, needs: [quite-another]}\n')).toEqual([
      'Add the job, or mark the need with `optional: true`.',
    ]);
  });

  test('a need that its rules left out is an error, unless optional', () => {
    const text = (need: string) => `a: {script: x, rules: [{when: never}]}\nj: {script: x, needs: [${need}]}\n`;
    expect(faultsOf(text('a'))[0]).toMatch(/^GITLAB_NEED_MISSING/);
    expect(jobOf(text('{job: a, optional: true}'), 'j').needs).toEqual([]);
  });

  test('a need of a parallel job means all of its copies', () => {
    const plan = planOf('a: {script: x, parallel: 2}\nj: {script: x, needs: [a]}\n');
    expect(plan.jobs.map((job) => job.name)).toEqual(['a 1/2', 'a 2/2', 'j']);
    expect(plan.jobs[2]?.needs?.map((need) => need.job)).toEqual(['a 1/2', 'a 2/2']);
    expect(plan.jobs[1]?.variables['CI_NODE_INDEX']?.value).toBe('2');
  });
});

describe('the other keywords', () => {
  test('a job with everything', () => {
    const job = jobOf(
      'j:\n  script: x\n  image: {name: i, entrypoint: [""]}\n  services: [db, {name: s, alias: a}]\n  tags: [$T, u]\n  timeout: 1h 30m\n  interruptible: true\n' +
        '  retry: {max: 2, when: script_failure, exit_codes: [3]}\n  allow_failure: {exit_codes: 7}\n  resource_group: g\n  dependencies: []\n' +
        '  artifacts: {paths: [p], when: always, expire_in: 1 week, reports: {dotenv: e, junit: [j]}}\n',
      'j',
      { variables: { T: 'tag' } },
    );
    expect(job).toMatchObject({
      image: { name: 'i', entrypoint: [''] },
      services: [{ name: 'db' }, { name: 's', alias: 'a' }],
      tags: ['tag', 'u'],
      timeout: 5400,
      interruptible: true,
      retry: { max: 2, when: ['script_failure'], exitCodes: [3] },
      allowFailure: { exitCodes: [7] },
      resourceGroup: 'g',
      dependencies: [],
      artifacts: { paths: ['p'], when: 'always', expireIn: 604_800, reports: { dotenv: ['e'], junit: ['j'] } },
    });
  });

  test('a trigger from an artifact', () => {
    const text =
      'g: {script: x}\nb:\n  needs: [g]\n  trigger:\n    include: [{artifact: p.yml, job: g}]\n    strategy: depend\n    forward: {pipeline_variables: true}\n';
    expect(jobOf(text, 'b')).toMatchObject({
      kind: 'trigger',
      trigger: {
        include: [{ artifact: 'p.yml', job: 'g' }],
        strategy: 'depend',
        forward: { yamlVariables: true, pipelineVariables: true },
      },
    });
  });

  test('unknown and unsupported keywords are refused with their position and an alternative', () => {
    expect(read('j:\n  script: x\n  artifcats: y\n')).toMatchObject({
      diagnostics: [
        { code: 'GITLAB_KEYWORD_UNKNOWN', severity: 'error', line: 3, column: 3, hint: 'Did you mean `artifacts`?' },
      ],
    });
    expect(faultsOf('j:\n  script: x\n  artifacts: {path: [a]}\n')).toEqual(['GITLAB_KEYWORD_UNKNOWN 3:15']);
    expect(faultsOf('default: {frob: 1}\nj: {script: x}\n')).toEqual(['GITLAB_KEYWORD_UNKNOWN 1:11']);
    expect(read('.hidden: {frob: 1}\nj: {script: x}\n').diagnostics).toEqual([]);
    expect(read('default: {identity: google_cloud}\nj: {script: x}\n').diagnostics).toMatchObject([
      { code: 'GITLAB_KEYWORD_IGNORED', severity: 'warning' },
    ]);
    expect(faultsOf('j:\n  script: x\n  secrets: {}\n')).toEqual(['GITLAB_KEYWORD_UNSUPPORTED 3:3']);
  });

  test.each([
    [10, []],
    [11, ['GITLAB_VALUE_INVALID']],
  ])('a script of %s lists in each other gives %j', (levels, codes) => {
    const script = `${'['.repeat(levels)}x${']'.repeat(levels)}`;
    expect(read(`j: {script: ${script}}\n`).diagnostics.map(({ code }) => code)).toEqual(codes);
  });

  test.each([
    [10, []],
    [11, ['GITLAB_REFERENCE_INVALID']],
  ])('a chain of %s references gives %j, also where its parts stand in jobs before', (length, codes) => {
    const link = (index: number) => `script: !reference [.r${index}, script]`;
    const chain = Array.from({ length: length - 1 }, (_, index) => `.r${index + 1}: {${link(index)}}\n`).join('');
    const text = `.r0: {script: x}\n${chain}early: {${link(5)}}\nlate: {${link(length - 1)}}\n`;
    const found = new Set(read(text).diagnostics.map(({ code }) => code));
    expect([...found].filter((code) => code !== 'GITLAB_SCRIPT_MISSING')).toEqual(codes);
  });

  test('wrong values of several jobs are reported together, in the order of the file', () => {
    const text =
      'a:\n  script: x\n  timeout: soon\nb:\n  script: {a: b}\nc:\n  script: x\n  when: sometimes\n  retry: 3\n';
    expect(faultsOf(text).map((fault) => fault.split(' ')[1])).toEqual(['3:3', '5:3', '8:3', '9:3']);
  });

  test('a duplicate key warns and the last counts', () => {
    const { plan, diagnostics } = read('j:\n  script: a\n  script: b\n');
    expect(plan?.jobs[0]?.script).toEqual(['b']);
    expect(diagnostics).toMatchObject([{ code: 'GITLAB_DUPLICATE_KEY', line: 3 }]);
  });
});
