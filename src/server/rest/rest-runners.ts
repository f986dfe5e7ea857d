import { Hono } from 'hono';
import { holds, type Principal } from '../../access/index.ts';
import type { CoordinatorContext, KnownRunner } from '../../coordinator/index.ts';
import { timestamp } from '../../kit/index.ts';
import type { JobRun, PipelineRecord } from '../../pipeline/index.ts';
import { RunnerJob, RunnerMachine, viewOf, type RunnerList, type RunnerView } from '../../protocol/index.ts';
import { mayRead, mayReadAny, principalOf } from '../access/principal-of.ts';
import { drainView } from './drain-view.ts';
import { runnerSummary } from './runner-summary.ts';

/** Machines that are listed; runners on demand get another one for each job. */
const MACHINES = 20;

/**
 * `GET /api/v1/runners`: for those who may read a stack, with the jobs of the stacks that they may read; for those who
 * may run pipelines of one, with the machines.
 */
export function runnerListRoutes(context: CoordinatorContext): Hono {
  const app = new Hono();
  app.get('/runners', (c) =>
    c.json({
      runners: runnerViews(context, principalOf(c)),
      drain: drainView(context, principalOf(c)),
    } satisfies RunnerList),
  );
  return app;
}

function runnerViews(context: CoordinatorContext, reader: Principal): RunnerView[] {
  if (!mayReadAny(context, reader)) return [];
  const names = [...context.stacks.keys()];
  const showsMachines = holds(reader, 'run') || names.some((stack) => holds(reader, 'run', stack));
  const jobs = jobsByRunner(context, reader);
  return context.runners.all().map((known) => {
    const { origin, ...summary } = runnerSummary(known.runner);
    return {
      ...summary,
      origin: showsMachines ? origin : undefined,
      ...runnerState(context, known),
      embedded: known.runner.embedded === true,
      lastContact: known.isKnown && known.silence !== undefined ? before(context, known.silence) : undefined,
      machines: showsMachines ? machineViews(context, known) : undefined,
      jobs: jobs.get(summary.name) ?? [],
    };
  });
}

/** Returns the state of a runner, and why it runs no job. */
export function runnerState(
  { configuration }: CoordinatorContext,
  { runner, isRegistered, isKnown, silence }: KnownRunner,
): Pick<RunnerView, 'state' | 'reason'> {
  if (!isRegistered && runner.record !== undefined)
    return { state: 'unregistered', reason: 'Its token has expired. It needs a new one: `slipway runner rotate`' };
  if (!isRegistered) return { state: 'unregistered', reason: 'It was unregistered. It needs a new token' };
  if (runner.obstacle !== undefined) return { state: 'unable', reason: runner.obstacle };
  if (runner.paused === true) return { state: 'paused', reason: 'It is paused, and gets no more jobs' };
  if (silence === undefined) return { state: 'signed-off', reason: 'All of its machines have signed off' };
  if (silence >= configuration.limits.runnerSilence * 1000) return { state: 'offline' };
  return { state: isKnown ? 'online' : 'waiting' };
}

/** Without the one that stands for reports on jobs, which name no machine, unless there is no other. */
function machineViews(context: CoordinatorContext, { machines }: KnownRunner): RunnerMachine[] {
  const named = machines.filter(({ systemId, info }) => systemId !== '' || Object.keys(info).length > 0);
  return named
    .slice(0, MACHINES)
    .map(({ silence, info, ...machine }) =>
      viewOf(RunnerMachine, { ...machine, ...info, lastContact: before(context, silence) }),
    );
}

function jobsByRunner(context: CoordinatorContext, reader: Principal): ReadonlyMap<string, RunnerJob[]> {
  const { pipelines } = context;
  const found = new Map<string, RunnerJob[]>();
  for (const run of pipelines.runsInStatus(['running', 'canceling'])) {
    const record = pipelines.record(run.pipeline);
    if (run.runner === undefined || record === undefined || !mayRead(context, reader, record.stack)) continue;
    found.set(run.runner, [...(found.get(run.runner) ?? []), jobOf(run, record)]);
  }
  return found;
}

function jobOf(run: JobRun, { stack, ref }: PipelineRecord): RunnerJob {
  return viewOf(RunnerJob, { ...run, stack, ref });
}

function before({ clock }: CoordinatorContext, milliseconds: number): string {
  return timestamp({ now: () => clock.now() - milliseconds });
}
