import { firstJob, jobPlan } from '../../pipeline/index.ts';
import type { Candidate, Duration } from '../../pipeline/index.ts';
import type { JobPlan, PipelinePlan } from '../../gitlab/index.ts';
import { messageOf } from '../../kit/index.ts';
import { archiveOf } from './artifact-files.ts';
import { now } from '../context.ts';
import type { CoordinatorContext, Stack } from '../context.ts';
import type { Journey } from '../journey.ts';
import { failRun, isDataFault, jobOfRun } from './damaged-runs.ts';
import { expiredInput } from './expired-artifacts.ts';
import { inputRuns, unmetNeed } from './job-inputs.ts';
import { jobVariables } from './job-variables.ts';
import type { JobVariable } from './job-variables.ts';
import { buildOf } from './mirror-desk.ts';
import type { ArtifactRecord, JobRun, PipelineRecord } from '../ports.ts';
import { mayTake } from './runner-roll.ts';
import type { RunnerTraits } from './runner-roll.ts';

/** A job that a runner has got, with all that it needs to run it. */
export interface Assignment {
  readonly run: JobRun;
  readonly record: PipelineRecord;
  readonly plan: JobPlan;
  readonly variables: readonly JobVariable[];
  /** Archives of other jobs that are laid into the workspace first. */
  readonly dependencies: readonly { readonly run: JobRun; readonly artifact: ArtifactRecord }[];
  /** Seconds. */
  readonly timeout: number;
}

/**
 * Gives the runner a job: of the stack whose turn it is the one that most of the work still waits for; `undefined` if none
 * is ready for it.
 */
export async function assignJob(journey: Journey, runner: RunnerTraits): Promise<Assignment | undefined> {
  for (let run = chooseRun(journey, runner); run !== undefined; run = chooseRun(journey, runner)) {
    const assignment = await prepare(journey, claim(journey, run, runner));
    if (assignment !== undefined) return assignment;
  }
  return undefined;
}

/** Undefined if the job cannot run, for want of an artifact or for what is stored of it: then it has failed. */
async function prepare(journey: Journey, run: JobRun): Promise<Assignment | undefined> {
  const { context } = journey;
  try {
    const record = context.pipelines.record(run.pipeline) as PipelineRecord;
    const plan = planOf(context.pipelines.state(record.id).plan, run.name);
    const missing = unmetNeed(context, record, plan) ?? expiredInput(context, record, plan);
    if (missing === undefined) return await describeAssignment(context, run);
    context.log.warn({ job: run.id, missing }, 'job needs an artifact that is not there');
  } catch (error) {
    if (!isDataFault(error)) throw error;
    failRun(journey, run, messageOf(error));
    return undefined;
  }
  journey.dispatch(run.pipeline, {
    type: 'job-finished',
    job: run.name,
    attempt: run.attempt,
    outcome: 'failed',
    failureReason: 'missing_dependency_failure',
    at: now(context),
  });
  return undefined;
}

/** The assignment again, for a runner that asks for what it has been given already. */
export async function describeAssignment(context: CoordinatorContext, run: JobRun): Promise<Assignment> {
  const record = context.pipelines.record(run.pipeline) as PipelineRecord;
  const plan = planOf(context.pipelines.state(run.pipeline).plan, run.name);
  const stack = context.stacks.get(record.stack) as Stack;
  const timeout = plan.timeout ?? stack.configuration.jobTimeout;
  return {
    run,
    record,
    plan,
    variables: await jobVariables(context, { run, record, plan, stack, timeout }),
    dependencies: dependenciesOf(context, record, plan),
    timeout,
  };
}

/** A job that waits for a runner. */
interface Waiting extends Candidate {
  readonly run: JobRun;
}

function chooseRun(journey: Journey, runner: RunnerTraits): JobRun | undefined {
  const { context, turns } = journey;
  const byStack = waitingJobs(journey, runner);
  const [next] = turns.order(
    [...byStack.keys()].map((name) => ({ name, weight: context.stacks.get(name)?.configuration.weight ?? 1 })),
  );
  if (next === undefined) return undefined;
  turns.took(next);
  return firstJob(byStack.get(next.name) ?? [], expectedSeconds(context))?.run;
}

/**
 * What the runner may take, by stack. A job waits while another one builds the same package for the same root of the
 * mirror: handed out afterwards, it finds the package there. A stored job that does not match its pipeline fails, and
 * blocks no other.
 */
function waitingJobs(journey: Journey, runner: RunnerTraits): ReadonlyMap<string, readonly Waiting[]> {
  const { context } = journey;
  const pipelines = new Map<string, Pipeline>();
  const found = new Map<string, Waiting[]>();
  const underWay = buildsUnderWay(context);
  for (const run of context.pipelines.readyRuns()) {
    try {
      const known = pipelines.get(run.pipeline) ?? pipelineOf(context, run);
      pipelines.set(run.pipeline, known);
      const { record, plan } = known;
      const job = jobOfRun(plan, run);
      if (!context.stacks.has(record.stack) || !mayTake(runner, record, job)) continue;
      const build = buildOf(record, job);
      if (build !== undefined && underWay.has(build)) continue;
      const ofStack = found.get(record.stack) ?? [];
      found.set(record.stack, ofStack);
      ofStack.push({ run, plan, job: run.name, queuedAt: run.queuedAt ?? '' });
    } catch (error) {
      failRun(journey, run, messageOf(error));
    }
  }
  return found;
}

/** What the jobs build that runners have now. */
function buildsUnderWay(context: CoordinatorContext): ReadonlySet<string> {
  const running = context.pipelines.runsInStatus(['running', 'canceling']).map((run) => {
    const { record, plan } = pipelineOf(context, run);
    const job = plan.jobs[run.job ?? -1];
    return job === undefined ? undefined : buildOf(record, job);
  });
  return new Set(running.filter((build) => build !== undefined));
}

interface Pipeline {
  readonly record: PipelineRecord;
  readonly plan: PipelinePlan;
}

function pipelineOf({ pipelines }: CoordinatorContext, { pipeline }: JobRun): Pipeline {
  return { record: pipelines.record(pipeline) as PipelineRecord, plan: pipelines.state(pipeline).plan };
}

const expectations = new WeakMap<ReadonlyMap<string, number>, Duration>();

/**
 * How long a job took in the past, by the package that it makes and else by its name.
 * The same function as long as the history is the same, since the scheduler keeps what it computed from it.
 */
function expectedSeconds(context: CoordinatorContext): Duration {
  const history = context.pipelines.durations();
  const known = expectations.get(history);
  if (known !== undefined) return known;
  const made: Duration = (job) => history.get(job.variables.SPACK_JOB_SPEC_PKG_NAME?.value ?? job.name);
  expectations.set(history, made);
  return made;
}

function claim(journey: Journey, run: JobRun, runner: RunnerTraits): JobRun {
  const { context } = journey;
  journey.dispatch(run.pipeline, {
    type: 'job-assigned',
    job: run.name,
    attempt: run.attempt,
    runner: runner.name,
    at: now(context),
  });
  const after = context.pipelines.run(run.id);
  if (after?.status !== 'running') throw new Error(`job ${run.id} was ready, and cannot be assigned`);
  context.pipelines.setRunner(run.id, runner.name);
  return { ...after, runner: runner.name };
}

function planOf(plan: PipelinePlan, name: string): JobPlan {
  return jobPlan(plan, name) as JobPlan;
}

/** The archives among what a job gets from others. */
function dependenciesOf(
  context: CoordinatorContext,
  record: PipelineRecord,
  plan: JobPlan,
): Assignment['dependencies'] {
  return inputRuns(context, record, plan).flatMap(({ run }) => {
    const artifact = archiveOf(context, run.id);
    return artifact === undefined ? [] : [{ run, artifact }];
  });
}
