import { SlipwayError } from '../kit/index.ts';
import type { JobResponse } from '../protocol/index.ts';
import { timeoutOf } from './job-environment.ts';
import { JobFailure, explain, type JobOutcome } from './job-outcome.ts';
import { green, red } from './section.ts';
import { downloadStage, uploadStage } from './stages/artifact-stage.ts';
import { archiveCacheStage, restoreCacheStage } from './stages/cache-stage.ts';
import type { JobContext } from './stages/job-context.ts';
import { scriptLimits } from './stages/script-limits.ts';
import { afterScriptStage, scriptStage } from './stages/script-stage.ts';
import { sourceStage } from './stages/source-stage.ts';

interface JobRunOptions extends Pick<JobContext, 'exchange' | 'caches' | 'clock' | 'wait' | 'maxBytes'> {
  /** Makes the job's environment, workspace and shell. */
  readonly open: () => Promise<Pick<JobContext, 'environment' | 'workspace' | 'shell'>>;
  /** Ends the job at once. */
  readonly interrupted?: AbortSignal;
}

/** Runs one job from its workspace to its artifacts and returns how it ended. The workspace is gone afterwards. */
export async function runJob(job: JobResponse, options: JobRunOptions): Promise<JobOutcome> {
  const { exchange, wait, interrupted } = options;
  const [timeUp, over] = [new AbortController(), new AbortController()];
  const timeout = timeoutOf(job);
  void wait(timeout * 1000, over.signal).then(() => over.signal.aborted || timeUp.abort());
  const signals = [timeUp.signal, exchange.abandoned, ...(interrupted === undefined ? [] : [interrupted])];
  try {
    const outcome = await runInWorkspace(job, options, AbortSignal.any(signals));
    return logged(outcome, options);
  } catch (error) {
    const outcome = timeUp.signal.aborted ? outOfTime(timeout) : outcomeOf(error);
    return logged(outcome, options);
  } finally {
    over.abort('the job has ended');
  }
}

async function runInWorkspace(job: JobResponse, options: JobRunOptions, signal: AbortSignal): Promise<JobOutcome> {
  const opened = await options.open();
  try {
    const scriptSignal = AbortSignal.any([signal, options.exchange.canceled]);
    return await runStages({ job, ...options, ...opened, signal, scriptSignal });
  } finally {
    await opened.shell.close?.();
    await opened.workspace.remove();
  }
}

/** GitLab's order: sources, caches, artifacts of other jobs, script, after_script, caches, artifacts. */
async function runStages(opened: JobContext): Promise<JobOutcome> {
  await sourceStage(opened);
  const context = await prepared(opened);
  const { signal } = context;
  await restoreCacheStage(context);
  await downloadStage(context);
  await context.workspace.open();
  const limits = scriptLimits((name) => context.environment[name]);
  const scripted = await scriptStage(context, limits);
  signal.throwIfAborted();
  const outcome = await afterScriptStage(context, scripted, limits);
  signal.throwIfAborted();
  await archiveCacheStage(context, outcome.state === 'success');
  signal.throwIfAborted();
  return uploadStage(context, outcome);
}

async function prepared(context: JobContext): Promise<JobContext> {
  const { shell, exchange, signal, environment } = context;
  if (shell.prepare === undefined) return context;
  const variables = await shell.prepare({ print: (line) => exchange.log.print(line), signal });
  return { ...context, environment: { ...environment, ...variables } };
}

function outOfTime(timeout: number): JobOutcome {
  const message = `execution took longer than ${timeout} seconds`;
  return { state: 'failed', reason: 'job_execution_timeout', message };
}

function outcomeOf(error: unknown): JobOutcome {
  if (error instanceof JobFailure) return error.outcome;
  const isPull = error instanceof SlipwayError && error.code === 'RUNNER_IMAGE_UNAVAILABLE';
  const reason = isPull ? 'image_pull_failure' : 'runner_system_failure';
  return { state: 'failed', reason, message: explain(error), error };
}

/** What the script's own output shows is repeated in a detailed log only. */
function logged(outcome: JobOutcome, { exchange: { log, abandoned }, interrupted }: JobRunOptions): JobOutcome {
  if (abandoned.aborted || interrupted?.aborted === true) return outcome;
  if (outcome.state === 'success') log.report(green('Job succeeded'));
  else {
    const line = red(`ERROR: Job failed: ${outcome.message}`);
    if (outcome.reason === 'script_failure' || outcome.reason === 'job_canceled') log.report(line);
    else log.print(line);
  }
  return outcome;
}
