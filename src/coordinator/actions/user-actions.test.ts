import { describe, expect, test } from 'vitest';
import { openLab, type Lab, type LabOptions } from '../../../test/support/coordinator.ts';
import { actOnJob, actOnPipeline } from './user-actions.ts';

const failure = { state: 'failed', failure_reason: 'script_failure', exit_code: 1 } as const;

/** A push of this configuration to main; its pipeline is number 1. */
async function pushed(configuration: string, options: LabOptions = {}): Promise<Lab> {
  const lab = await openLab(options);
  await push(lab, configuration);
  return lab;
}

async function push(lab: Lab, configuration: string): Promise<string> {
  const files = { 'spack.yaml': 'spack: { specs: [gauge] }\n', '.gitlab-ci.yml': configuration };
  const { sha, event } = lab.push('main', files);
  await lab.happens(event);
  return sha;
}

/** Takes jobs and ends them until there is none; those that are named fail. Gives their names. */
async function runAll(lab: Lab, ...failing: readonly string[]): Promise<readonly string[]> {
  const names: string[] = [];
  for (let job = await lab.take(); job !== undefined; job = await lab.take()) {
    names.push(job.run.name);
    await lab.finish(job, failing.includes(job.run.name) ? failure : { state: 'success' });
  }
  return names;
}

describe('retry', () => {
  const threeStages = 'stages: [a, b]\na: { stage: a, script: x }\nb: { stage: b, script: x }\n';

  test('runs a job once more, and then what was skipped because of it', async () => {
    const lab = await pushed(threeStages);
    expect(await runAll(lab, 'a')).toEqual(['a']);
    expect(lab.jobs('1')).toEqual(['a failed', 'b skipped']);
    const run = actOnJob(lab.coordinator, { pipeline: '1', name: 'a' }, { action: 'retry' });
    expect(run).toMatchObject({ attempt: 2, status: 'pending' });
    expect(lab.context.pipelines.record('1')?.status).toBe('pending');
    expect(await runAll(lab)).toEqual(['a', 'b']);
    expect(lab.context.pipelines.record('1')?.status).toBe('success');
    expect(lab.context.pipelines.runs('1').map(({ name, attempt, status }) => `${name} ${attempt} ${status}`)).toEqual([
      'a 1 failed',
      'b 1 success',
      'a 2 success',
    ]);
  });

  test('is reported at the commit: pending again, then as it ends', async () => {
    const lab = await openLab();
    const sha = await push(lab, threeStages);
    await runAll(lab, 'b');
    expect(lab.status(sha)).toBe('failure: b failed: exit code 1');
    actOnJob(lab.coordinator, { pipeline: '1', name: 'b' }, { action: 'retry' });
    const job = (await lab.take())!;
    expect(lab.status(sha)).toMatch(/^pending: /);
    await lab.finish(job);
    expect(lab.status(sha)).toBe('success: All 2 jobs succeeded');
  });

  test('is reported at the commit where nothing runs again', async () => {
    const lab = await openLab();
    const sha = await push(lab, 'a: { script: x, when: manual }\n');
    expect(lab.status(sha)).toMatch(/^failure: /);
    actOnJob(lab.coordinator, { pipeline: '1', name: 'a' }, { action: 'cancel' });
    expect(lab.status(sha)).toMatch(/^success: /);
    actOnPipeline(lab.coordinator, '1', 'retry');
    expect(lab.status(sha)).toMatch(/^failure: /);
  });

  test('of a pipeline takes all that failed or was canceled, and only that', async () => {
    const lab = await pushed('a: { script: x }\nb: { script: x }\nc: { script: x }\n');
    const job = (await lab.take())!;
    await lab.finish(job, failure);
    await lab.finish((await lab.take())!);
    actOnJob(lab.coordinator, { pipeline: '1', name: 'c' }, { action: 'cancel' });
    expect(lab.jobs('1')).toEqual(['a failed', 'b success', 'c canceled']);
    expect(actOnPipeline(lab.coordinator, '1', 'retry').status).toBe('running');
    expect(await runAll(lab)).toEqual(['a', 'c']);
    expect(lab.context.pipelines.record('1')?.status).toBe('success');
  });

  test('of a job that runs or does not exist, and of a pipeline without failures, is refused', async () => {
    const lab = await pushed('a: { script: x }\n');
    const retry = (name: string) => () => actOnJob(lab.coordinator, { pipeline: '1', name }, { action: 'retry' });
    expect(retry('a')).toThrowError(expect.objectContaining({ code: 'JOB_ACTION_REFUSED' }));
    expect(retry('toString')).toThrowError(expect.objectContaining({ code: 'JOB_UNKNOWN' }));
    await runAll(lab);
    expect(() => actOnPipeline(lab.coordinator, '1', 'retry')).toThrowError(
      expect.objectContaining({ code: 'PIPELINE_ACTION_REFUSED' }),
    );
    expect(retry('a')()).toMatchObject({ attempt: 2 });
  });

  test('of a closed pull request is refused, since its part of the mirror is gone', async () => {
    const lab = await openLab();
    const { sha } = lab.push('fix', { '.gitlab-ci.yml': 'a: { script: x }\n' });
    await lab.happens(lab.forge.request('7', sha));
    await runAll(lab, 'a');
    await lab.happens({ type: 'pull-request-closed', number: '7', merged: false });
    expect(() => actOnPipeline(lab.coordinator, '1', 'retry')).toThrowError(
      expect.objectContaining({ code: 'REQUEST_NOT_OPEN' }),
    );
    expect(lab.jobs('1')).toEqual(['a failed']);
  });
});

describe('children', () => {
  const files = (strategy: string) => ({
    'spack.yaml': 'spack: { specs: [gauge] }\n',
    '.gitlab-ci.yml': `t: { trigger: { include: middle.yml${strategy} } }\n`,
    'middle.yml': 'm: { trigger: { include: low.yml, strategy: depend } }\n',
    'low.yml': 'a: { script: x }\nb: { script: x }\n',
  });

  async function nested(strategy = ', strategy: depend'): Promise<Lab> {
    const lab = await openLab();
    await lab.happens(lab.push('main', files(strategy)).event);
    return lab;
  }

  test('a retried job sets all pipelines above it running again, up to the topmost', async () => {
    const lab = await nested();
    await runAll(lab, 'a');
    expect(lab.jobs('1')).toEqual(['t failed', 'm failed', 'a failed', 'b success']);
    actOnJob(lab.coordinator, { pipeline: '3', name: 'a' }, { action: 'retry' });
    expect(lab.jobs('1')).toEqual(['t running', 'm running', 'a pending', 'b success']);
    await runAll(lab);
    expect(lab.jobs('1')).toEqual(['t success', 'm success', 'a success', 'b success']);
  });

  test('a retried pipeline retries the jobs below it in their own pipelines, and makes no new ones', async () => {
    const lab = await nested();
    await runAll(lab, 'a', 'b');
    actOnPipeline(lab.coordinator, '1', 'retry');
    expect(await runAll(lab)).toEqual(['a', 'b']);
    expect(lab.context.pipelines.list({}).map(({ status }) => status)).toEqual(['success']);
    expect(lab.jobs('1')).toEqual(['t success', 'm success', 'a success', 'b success']);
  });

  test('that nothing waits for are retried as well', async () => {
    const lab = await nested('');
    await runAll(lab, 'a');
    expect(lab.jobs('1')).toEqual(['t success', 'm failed', 'a failed', 'b success']);
    actOnPipeline(lab.coordinator, '1', 'retry');
    await runAll(lab);
    expect(lab.jobs('1')).toEqual(['t success', 'm success', 'a success', 'b success']);
  });

  test('end with the pipeline that is canceled', async () => {
    const lab = await nested();
    const running = (await lab.take())!;
    actOnPipeline(lab.coordinator, '1', 'cancel');
    await lab.coordinator.settle();
    expect(lab.jobs('1')).toEqual(['t canceling', 'm canceling', 'a canceling', 'b canceled']);
    await lab.finish(running, failure);
    expect(lab.jobs('1')).toEqual(['t canceled', 'm canceled', 'a canceled', 'b canceled']);
  });

  test('a retried trigger makes a new child', async () => {
    const lab = await nested();
    await runAll(lab, 'a');
    actOnJob(lab.coordinator, { pipeline: '2', name: 'm' }, { action: 'retry' });
    await lab.coordinator.settle();
    expect(await runAll(lab)).toEqual(['a', 'b']);
    expect(lab.context.pipelines.state('2').jobs['m']).toMatchObject({ status: 'success', child: '4' });
    expect(lab.context.pipelines.record('1')?.status).toBe('success');
  });
});

describe('play', () => {
  const manual = 'variables: { WHO: file }\nm: { script: x, when: manual }\nn: { script: x }\n';
  const valueOf = (job: Awaited<ReturnType<Lab['take']>>, key: string) =>
    job?.variables.filter((one) => one.key === key).map(({ value }) => value);

  test('starts a manual job, with variables that are its alone and that its retries have too', async () => {
    const lab = await pushed(manual, { stack: { variables: { WHO: 'stack' } } });
    expect(await runAll(lab)).toEqual(['n']);
    expect(lab.jobs('1')).toEqual(['m manual', 'n success']);
    const named = { pipeline: '1', name: 'm' };
    expect(actOnJob(lab.coordinator, named, { action: 'play', variables: { WHO: 'me' } })).toMatchObject({
      attempt: 1,
    });
    const job = (await lab.take())!;
    expect(valueOf(job, 'WHO')).toEqual(['me']);
    await lab.finish(job, failure);
    actOnJob(lab.coordinator, named, { action: 'retry' });
    expect(valueOf(await lab.take(), 'WHO')).toEqual(['me']);
  });

  test('of a job that does not wait for it, and with variables of the server, is refused before anything happens', async () => {
    const lab = await pushed(manual);
    const play = (name: string, variables = {}) =>
      expect(() => actOnJob(lab.coordinator, { pipeline: '1', name }, { action: 'play', variables }));
    play('n').toThrowError(expect.objectContaining({ code: 'JOB_ACTION_REFUSED' }));
    play('m', { CI_JOB_TOKEN: 'x' }).toThrowError(expect.objectContaining({ code: 'VARIABLE_REFUSED' }));
    expect(lab.jobs('1')).toEqual(['m manual', 'n pending']);
  });

  test('gives the variables of a manual trigger to its child', async () => {
    const lab = await openLab();
    await lab.happens(
      lab.push('main', {
        'spack.yaml': 'spack: { specs: [gauge] }\n',
        '.gitlab-ci.yml': 'n: { script: x }\nt: { trigger: { include: low.yml }, when: manual }\n',
        'low.yml': 'a: { script: x }\n',
      }).event,
    );
    await runAll(lab);
    actOnJob(lab.coordinator, { pipeline: '1', name: 't' }, { action: 'play', variables: { WHO: 'me' } });
    await lab.coordinator.settle();
    expect(valueOf(await lab.take(), 'WHO')).toEqual(['me']);
  });

  test('starts a delayed job at once; left alone, it waits for its time across a restart', async () => {
    const lab = await pushed('d: { script: x, when: delayed, start_in: 1 hour }\ne: { extends: d }\n');
    expect(lab.jobs('1')).toEqual(['d scheduled', 'e scheduled']);
    actOnJob(lab.coordinator, { pipeline: '1', name: 'd' }, { action: 'play' });
    expect(await runAll(lab)).toEqual(['d']);
    await lab.reopen();
    expect(lab.jobs('1')).toEqual(['d success', 'e scheduled']);
  });
});

describe('cancel', () => {
  test('requests the runner to end the job, which then counts as canceled whatever it says', async () => {
    const lab = await pushed('a: { script: x }\n');
    const job = (await lab.take())!;
    const canceled: string[] = [];
    lab.coordinator.jobs.onCancel((run) => canceled.push(run));
    expect(actOnJob(lab.coordinator, { pipeline: '1', name: 'a' }, { action: 'cancel' })).toMatchObject({
      status: 'canceling',
    });
    expect(canceled).toEqual([job.run.id]);
    await lab.finish(job, failure);
    expect(lab.jobs('1')).toEqual(['a canceled']);
  });

  test('of what has ended is refused', async () => {
    const lab = await pushed('a: { script: x }\n');
    await runAll(lab);
    expect(() => actOnJob(lab.coordinator, { pipeline: '1', name: 'a' }, { action: 'cancel' })).toThrowError(
      expect.objectContaining({ code: 'JOB_ACTION_REFUSED' }),
    );
    expect(() => actOnPipeline(lab.coordinator, '1', 'cancel')).toThrowError(
      expect.objectContaining({ code: 'PIPELINE_ACTION_REFUSED' }),
    );
  });
});

test('one job of a resource group runs at a time, over all pipelines of the stack', async () => {
  const configuration = 'a: { script: x, resource_group: deck }\nb: { script: x, resource_group: deck }\n';
  const lab = await pushed(`${configuration}workflow: { auto_cancel: { on_new_commit: none } }\n`);
  await push(lab, `${configuration}c: { script: x }\n`);
  const first = (await lab.take())!;
  const names = [first.run.name, (await lab.take())?.run.name];
  expect(names).toEqual(['a', 'c']);
  expect(await lab.take()).toBeUndefined();
  actOnJob(lab.coordinator, { pipeline: '1', name: 'a' }, { action: 'cancel' });
  expect(await lab.take()).toBeUndefined();
  await lab.finish(first, failure);
  expect((await lab.take())?.run).toMatchObject({ pipeline: '1', name: 'b' });
  expect(await lab.take()).toBeUndefined();
});
