import { downloadDependency, isUploadedAfter, uploadArtifact } from '../artifacts/artifact-transfer.ts';
import { archiveCacheStage, restoreCacheStage } from './cache-stage.ts';
import { JobFailure, explain } from '../job-outcome.ts';
import type { JobOutcome } from '../job-outcome.ts';
import { prepareSandbox } from './prepare-stage.ts';
import { scriptLimits } from './script-limits.ts';
import type { ScriptLimits } from './script-limits.ts';
import { scriptText } from './script-text.ts';
import { yellow } from '../section.ts';
import { getSources } from './source-stage.ts';
import { either, runText, section, stopIfEnded } from './stage-context.ts';
import type { ScriptRun, StageContext } from './stage-context.ts';
import { listUntracked } from '../artifacts/untracked-files.ts';

/** GitLab's order: sources, caches, dependencies' artifacts, script, after_script, caches, upload. Gives how the job ended. */
export async function runStages(context: StageContext): Promise<JobOutcome> {
  const notes = [...shellNotes(context.job), ...(context.warning === undefined ? [] : [context.warning])];
  for (const note of notes) context.say(yellow(`WARNING: ${note}`));
  await getSources(context);
  return runPreparedStages(await prepareSandbox(context));
}

async function runPreparedStages(context: StageContext): Promise<JobOutcome> {
  await restoreCacheStage(context);
  await downloadArtifacts(context);
  const limits = scriptLimits((name) => context.environment[name]);
  const scripted = await runScript(context, limits);
  context.signal.throwIfAborted();
  const outcome = await runAfterScript(context, scripted, limits);
  context.signal.throwIfAborted();
  await archiveCacheStage(context, outcome.state === 'success');
  context.signal.throwIfAborted();
  return uploadArtifacts(context, outcome);
}

/** What a job asks for that a shell of this machine does not give. */
function shellNotes({ image, services }: StageContext['job']): readonly string[] {
  const names = services.map(({ alias, name }) => `\`${alias ?? name}\``).join(', ');
  return [
    ...(image ? [`this runner runs jobs in shells of its machine, so the image \`${image.name}\` is not used`] : []),
    ...(names === ''
      ? []
      : [`services are not started: ${names}. Use a runner with containers, or start them in the script`]),
  ];
}

async function downloadArtifacts(context: StageContext): Promise<void> {
  const wanted = context.job.dependencies.filter((dependency) => Boolean(dependency.artifacts_file?.filename));
  if (wanted.length === 0) return;
  await section(context, 'download_artifacts', 'Downloading artifacts', async () => {
    for (const dependency of wanted) {
      stopIfEnded(context);
      // GitLab's runner reports a failed download as a failed script, and `retry:when` counts on it.
      await downloadDependency(dependency, context).catch((error: unknown) => {
        throw new JobFailure('script_failure', explain(error), 1);
      });
    }
  });
}

async function runScript(context: StageContext, { script: limit }: ScriptLimits): Promise<JobOutcome> {
  stopIfEnded(context);
  return section(context, 'step_script', 'Executing "step_script" stage of the job script', async () => {
    for (const step of context.job.steps.filter((one) => one.name !== 'after_script')) {
      const text = scriptText(step.script, context.project);
      const { environment } = context;
      const run = { name: 'script', text, environment, signal: either(context) };
      const { code, isOvertime } = await runWithin(context, run, limit);
      context.signal.throwIfAborted();
      if (context.canceled.aborted) return canceledOutcome;
      if (isOvertime)
        return { state: 'failed', reason: 'job_execution_timeout', message: 'script exceeded RUNNER_SCRIPT_TIMEOUT' };
      if (code !== 0)
        return { state: 'failed', reason: 'script_failure', exitCode: code, message: `exit code ${code}` };
    }
    return { state: 'success' };
  });
}

/** In a shell and with a time limit of its own. The job's outcome stands, unless the job wants a failure of this to count. */
async function runAfterScript(context: StageContext, outcome: JobOutcome, limits: ScriptLimits): Promise<JobOutcome> {
  const step = context.job.steps.find((one) => one.name === 'after_script');
  if (step === undefined || step.script.length === 0) return outcome;
  const status = outcome.state === 'success' ? 'success' : outcome.reason === 'job_canceled' ? 'canceled' : 'failed';
  return section(context, 'after_script', 'Running after_script', async () => {
    const environment = { ...context.environment, CI_JOB_STATUS: status };
    const text = scriptText(step.script, context.project);
    const run = { name: 'after-script', text, environment, signal: context.signal };
    const { code, isOvertime } = await runWithin(context, run, limits.afterScript);
    if (code === 0 && !isOvertime) return outcome;
    const what = isOvertime ? 'took longer than it may' : `failed (exit code ${code})`;
    if (!limits.isAfterScriptIgnored && outcome.state === 'success')
      return { state: 'failed', reason: 'script_failure', exitCode: code, message: `after_script ${what}` };
    context.say(yellow(`WARNING: after_script ${what}, but job will continue unaffected`));
    return outcome;
  });
}

/** Runs a script that is ended after so many milliseconds. */
async function runWithin(
  context: StageContext,
  script: ScriptRun,
  limit: number | undefined,
): Promise<{ readonly code: number; readonly isOvertime: boolean }> {
  const done = new AbortController();
  const overtime = new AbortController();
  if (limit !== undefined) void context.wait(limit, done.signal).then(() => done.signal.aborted || overtime.abort());
  const signal = AbortSignal.any([script.signal, overtime.signal]);
  const code = await runText(context, { ...script, signal }).finally(() => done.abort());
  return { code, isOvertime: overtime.signal.aborted && !script.signal.aborted };
}

async function uploadArtifacts(context: StageContext, outcome: JobOutcome): Promise<JobOutcome> {
  const isSuccess = outcome.state === 'success';
  const wanted = context.job.artifacts.filter((artifact) => isUploadedAfter(artifact, isSuccess));
  if (wanted.length === 0) return outcome;
  const name = isSuccess ? 'upload_artifacts_on_success' : 'upload_artifacts_on_failure';
  return section(context, name, `Uploading artifacts for ${isSuccess ? 'successful' : 'failed'} job`, async () => {
    let result = outcome;
    for (const artifact of wanted) {
      try {
        const untracked = artifact.untracked === true ? await listUntracked(context, context.signal) : undefined;
        await uploadArtifact(artifact, context, untracked);
      } catch (error) {
        context.signal.throwIfAborted();
        context.say(yellow(`ERROR: ${explain(error)}`));
        if (isSuccess) result = { state: 'failed', reason: 'script_failure', exitCode: 1, message: explain(error) };
      }
    }
    return result;
  });
}

const canceledOutcome: JobOutcome = { state: 'failed', reason: 'job_canceled', message: 'canceled' };
