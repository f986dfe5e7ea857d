import { pino } from 'pino';
import { expect, test } from 'vitest';
import { openLab, type Lab } from '../../../test/support/coordinator.ts';
import { recover } from '../recovery.ts';

const files = {
  'spack.yaml': 'spack: { specs: [gauge] }\n',
  '.gitlab-ci.yml':
    'workflow: { auto_cancel: { on_new_commit: none } }\nfirst: { script: x }\nsecond: { script: x }\nafter: { ' +
    'stage: deploy, script: x, needs: [second] }\n',
};

async function openWithJobs(): Promise<{ lab: Lab; logged: Record<string, unknown>[] }> {
  const lab = await openLab();
  const { event } = lab.push('main', files);
  await lab.happens(event);
  const logged: Record<string, unknown>[] = [];
  const log = pino({}, { write: (line: string) => logged.push(JSON.parse(line) as Record<string, unknown>) });
  Object.assign(lab.context, { log });
  return { lab, logged };
}

test.each([
  ['whose name was cut', "UPDATE job_runs SET name = 'f' WHERE name = 'first'", 'first failed'],
  ['of another job', "UPDATE job_runs SET name = 'second', attempt = 7 WHERE name = 'first'", 'first pending'],
  ['of no job', "UPDATE job_runs SET job = NULL WHERE name = 'first'", 'first pending'],
])(
  'a stored run %s fails, is logged with its pipeline, and keeps no other job from its runner',
  async (_, sql, first) => {
    const { lab, logged } = await openWithJobs();
    lab.database.run(sql);
    const job = await lab.take();
    expect(job?.run.name).toBe('second');
    expect(logged.filter(({ msg }) => msg === 'damaged job failed')).toMatchObject([{ pipeline: '1', job: '1' }]);
    expect(lab.context.pipelines.run('1')).toMatchObject({ status: 'failed', failureReason: 'data_integrity_failure' });
    expect(lab.jobs('1')).toEqual([first, 'second running', 'after created']);
    expect(lab.context.pipelines.runsInStatus(['pending'])).toEqual([]);
  },
);

test('the jobs of a pipeline whose plan cannot be read fail, and those of others are given out', async () => {
  const { lab } = await openWithJobs();
  const { event } = lab.push('main', { ...files, more: '' });
  await lab.happens(event);
  lab.database.run("UPDATE pipeline_plans SET plan = '{' WHERE pipeline = 1");
  await lab.close();
  await lab.open();
  expect((await lab.take())?.run).toMatchObject({ pipeline: '2' });
  expect(lab.context.pipelines.runs('1').map(({ status }) => status)).toEqual(['failed', 'failed']);
});

test('a start ends the damaged runs that an older server left, those of runners elsewhere too', async () => {
  const { lab } = await openWithJobs();
  lab.database.run("UPDATE job_runs SET name = 'f', status = 'running', runner = 'away' WHERE name = 'first'");
  await recover(lab.coordinator, new Set());
  expect(lab.jobs('1')).toEqual(['first failed', 'second pending', 'after created']);
});

test('a job that cannot be described fails for itself, and the next one is given out', async () => {
  const { lab } = await openWithJobs();
  const { commit } = lab.forge;
  let calls = 0;
  lab.forge.commit = async (sha) => {
    if ((calls += 1) === 1) throw new TypeError('the argument must be a string without null bytes');
    return commit.call(lab.forge, sha);
  };
  expect((await lab.take())?.run.name).toBe('first');
  expect(lab.jobs('1')).toEqual(['first running', 'second failed', 'after skipped']);
});
