import { describe, expect, test } from 'vitest';
import { openLab, type Lab, type LabOptions } from '../../../test/support/coordinator.ts';

const stack = { 'spack.yaml': 'spack: { specs: [gauge] }\n' };

/** A push of these files to main, with the jobs of its pipeline or the word at its commit. */
async function pushed(
  files: Readonly<Record<string, string>>,
  options: LabOptions = {},
): Promise<{ lab: Lab; sha: string }> {
  const lab = await openLab({ stack: { variables: { SITE: 'lab' } }, ...options });
  const { sha, event } = lab.push('main', { ...stack, ...files });
  await lab.happens(event);
  return { lab, sha };
}

const plansOf = (lab: Lab, pipeline: string) => lab.context.pipelines.state(pipeline).plan.jobs;

describe('a configuration of several files', () => {
  test('is read from the commit that is tested', async () => {
    const { lab } = await pushed({
      '.gitlab-ci.yml': 'include: { local: ci/part.yml, inputs: { word: hello } }\na: { script: a }\n',
      'ci/part.yml': 'spec: { inputs: { word: } }\n---\nb: { script: "echo $[[ inputs.word ]]" }\n',
    });
    expect(plansOf(lab, '1').map(({ name, script }) => [name, ...script])).toEqual([
      ['b', 'echo hello'],
      ['a', 'a'],
    ]);
  });

  test('asks for files, and sees the stack’s own variables above those of the file', async () => {
    const { lab } = await pushed({
      '.gitlab-ci.yml':
        'variables: { SITE: elsewhere }\na: { script: a, rules: [{ exists: ["*.yaml"], if: $SITE == "lab" }] ' +
        '}\nb: { script: b, rules: [{ exists: [none] }] }\n',
    });
    expect(plansOf(lab, '1').map(({ name }) => name)).toEqual(['a']);
  });

  test('fetches nothing from elsewhere', async () => {
    const { lab, sha } = await pushed({ '.gitlab-ci.yml': 'include: https://example.org/a.yml\na: { script: a }\n' });
    expect(lab.status(sha)).toContain('include:remote');
  });
});

describe('a file larger than the server takes', () => {
  const limits = { pipelineBytes: 60 };
  const large = `a: { script: a }\n# ${'ü'.repeat(25)}\n`;

  test.each([
    ['of the pipeline', { '.gitlab-ci.yml': large }],
    ['that is included', { '.gitlab-ci.yml': 'include: part.yml\n', 'part.yml': large }],
  ])('%s is refused', async (_, files) => {
    const { lab, sha } = await pushed(files, { server: { limits } });
    expect(lab.context.pipelines.record('1')).toBeUndefined();
    expect(lab.status(sha)).toContain('its text in bytes');
  });

  test('of a child is refused', async () => {
    const files = { '.gitlab-ci.yml': 't: { trigger: { include: one.yml } }\n', 'one.yml': large };
    const { lab } = await pushed(files, { server: { limits } });
    expect(lab.jobs('1')).toEqual(['t failed']);
  });
});

describe('a pipeline that triggers itself', () => {
  test('comes to an end two levels down', async () => {
    const { lab } = await pushed({
      '.gitlab-ci.yml': 't: { trigger: { include: .gitlab-ci.yml, strategy: depend } }\n',
    });
    const { pipelines } = lab.context;
    expect(lab.jobs('1')).toEqual(['t failed', 't failed', 't failed']);
    expect(pipelines.state('3').jobs['t']).toMatchObject({
      failureReason: 'reached_max_descendant_pipelines_depth',
      message: expect.stringContaining('2 levels deep'),
    });
    expect(pipelines.record('4')).toBeUndefined();
  });
});

describe('a child pipeline from the commit', () => {
  const trigger = (more: string) => ({
    '.gitlab-ci.yml':
      'variables: { ID: $CI_PIPELINE_ID, FROM: $CI_JOB_NAME, LATER: $CI_JOB_ID, RAW: { value: $ID, expand: false ' +
      '} }\n' +
      `t: { trigger: { include: [one.yml, { local: two.yml, inputs: { n: two } }], strategy: depend${more} } }\n`,
    'one.yml': 'one: { script: x }\n',
    'two.yml': 'spec: { inputs: { n: } }\n---\n"$[[ inputs.n ]]": { script: x }\n',
  });

  test('is made of all of its files, with variables as the parent has them', async () => {
    const { lab } = await pushed(trigger(''));
    expect(lab.jobs('2')).toEqual(['one pending', 'two pending']);
    const [one] = plansOf(lab, '2');
    expect(one?.variables).toMatchObject({
      ID: { value: '1' },
      FROM: { value: 't' },
      LATER: { value: '$CI_JOB_ID' },
      RAW: { value: '$$ID' },
    });
  });

  test('gets no variables of the YAML where the trigger keeps them', async () => {
    const { lab } = await pushed(trigger(', forward: { yaml_variables: false }'));
    expect(plansOf(lab, '2')[0]?.variables).toEqual({});
  });
});

test('a child that is canceled before its trigger job has recorded it ends that job', async () => {
  const lab = await openLab();
  const { pipelines } = lab.context;
  const create = pipelines.create.bind(pipelines);
  pipelines.create = (subject, options) => {
    const record = create(subject, options);
    const at = record.createdAt;
    if (record.parent !== undefined)
      lab.coordinator.driver.dispatch(record.id, { type: 'cancel', reason: 'newer', at });
    return record;
  };
  const trigger = 't: { trigger: { include: child.yml, strategy: depend } }\n';
  const files = { ...stack, '.gitlab-ci.yml': trigger, 'child.yml': 'b: { script: x }\n' };
  await lab.happens(lab.push('main', files).event);
  expect(lab.jobs('1')).toEqual(['t canceled', 'b canceled']);
  expect(['1', '2'].map((id) => pipelines.record(id)?.status)).toEqual(['canceled', 'canceled']);
});
