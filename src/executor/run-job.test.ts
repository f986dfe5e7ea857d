import { describe, expect, test } from 'vitest';
import { dummyShell } from '../../test/support/dummy-shell.ts';
import { sketchJob, type JobSketch } from '../../test/support/memory-job-service.ts';
import { systemWait } from '../kit/index.ts';
import type { Exchange } from './exchange/exchange.ts';
import { JobLog } from './exchange/job-log.ts';
import { runJob } from './run-job.ts';
import type { Workspace } from './workspace/workspace.ts';

/** Runs a job whose scripts are names of stages, with exit statuses; returns what happened, in order. */
async function live(sketch: Partial<JobSketch>, statuses: Readonly<Record<string, number>> = {}) {
  const steps: string[] = [];
  const [canceled, abandoned] = [new AbortController(), new AbortController()];
  let log = '';
  const write = (bytes: Buffer) => void (log += bytes.toString());
  const note = (step: string) => async () => void steps.push(step);
  const exchange: Exchange = {
    log: new JobLog({ write, secrets: [], isDetailed: false, clock: { now: () => 0 } }),
    canceled: canceled.signal,
    abandoned: abandoned.signal,
    fetchSources: note('sources'),
    fetchArtifacts: async ({ name }) => void steps.push(`artifacts of ${name}`),
    storeArtifact: async ({ artifact_type: type }) => void steps.push(`store ${type}`),
  };
  const workspace: Workspace = {
    project: '/project',
    within: [],
    incoming: '/project',
    runEmpty: (work) => work(),
    laySources: note('lay'),
    open: note('open'),
    isSource: () => false,
    readable: async () => process.cwd(),
    remove: note('remove'),
  };
  const shell = dummyShell(({ commands: [name = ''], environment }) => {
    if (name === 'cancel') canceled.abort();
    if (name === 'abandon') abandoned.abort();
    steps.push(environment['CI_JOB_STATUS'] === undefined ? name : `${name} ${environment['CI_JOB_STATUS']}`);
    return statuses[name] ?? 0;
  });
  const job = sketchJob({ id: 1, script: ['script'], ...sketch });
  const open = async () => ({ environment: {}, workspace, shell });
  const outcome = await runJob(job, {
    exchange,
    clock: { now: () => 0 },
    wait: systemWait,
    maxBytes: 0,
    open,
  });
  return { outcome, steps, log };
}

const artifacts = [
  { paths: ['package.json'] },
  { paths: ['package.json'], artifact_type: 'dotenv', when: 'always' as const },
];

describe('the life of a job', () => {
  test('has GitLab’s order', async () => {
    const hooks = [{ name: 'pre_get_sources_script', script: ['hook'] }];
    const { outcome, steps } = await live({ hooks, dependencies: [3], afterScript: ['after'], artifacts });
    expect(outcome).toEqual({ state: 'success' });
    expect(steps).toEqual([
      'hook',
      'sources',
      'artifacts of job 3',
      'open',
      'script',
      'after success',
      'store archive',
      'store dotenv',
      'remove',
    ]);
  });

  test('goes on after a failed script with what does not need it', async () => {
    const { outcome, steps } = await live({ afterScript: ['after'], artifacts }, { script: 3 });
    expect(outcome).toMatchObject({ state: 'failed', reason: 'script_failure', exitCode: 3 });
    expect(steps.slice(2)).toEqual(['script', 'after failed', 'store dotenv', 'remove']);
  });

  test('goes on after a cancellation, and ends where the job is no longer needed', async () => {
    const canceled = await live({ script: ['cancel'], afterScript: ['after'] });
    expect(canceled.outcome).toMatchObject({ reason: 'job_canceled' });
    expect(canceled.steps.slice(2)).toEqual(['cancel', 'after canceled', 'remove']);
    const abandoned = await live({ script: ['abandon'], afterScript: ['after'] });
    expect(abandoned.steps.slice(2)).toEqual(['abandon', 'remove']);
    expect(abandoned.log).toBe('');
  });

  test('ends with its hook if that fails', async () => {
    const hooks = [{ name: 'pre_get_sources_script', script: ['hook'] }];
    const { outcome, steps } = await live({ hooks, afterScript: ['after'] }, { hook: 9 });
    expect(outcome).toMatchObject({ reason: 'script_failure', exitCode: 9 });
    expect(steps).toEqual(['hook', 'remove']);
  });
});
