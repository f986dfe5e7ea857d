import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../kit/index.ts';
import type { JobResponse } from '../protocol/index.ts';
import { downloadDependency, isUploadedAfter, uploadArtifact } from './artifact-transfer.ts';
import type { TransferContext } from './artifact-transfer.ts';
import { gitCommands } from './git-sources.ts';
import { JobFailure, explain } from './job-outcome.ts';
import type { JobOutcome } from './job-outcome.ts';
import { exportLines, sandboxInvocation } from './sandbox.ts';
import type { SandboxSettings } from './sandbox.ts';
import { quietScriptText, scriptText } from './script-text.ts';
import { sectionEnd, sectionStart, yellow } from './section.ts';
import type { SectionName } from './section.ts';
import { runSession } from './session.ts';
import type { SessionOwner } from './session.ts';
import type { Shell } from './shell.ts';

export interface StageContext extends TransferContext {
  readonly job: JobResponse;
  readonly owner: SessionOwner;
  readonly shell: Shell;
  /** Where it is set, every command of the job runs in a sandbox. */
  readonly sandbox?: SandboxSettings;
  readonly environment: Readonly<Record<string, string>>;
  readonly clock: Clock;
  /** Adds to the job's log as it is. */
  readonly write: (chunk: string | Uint8Array) => void;
  /** Aborted when all must end: time is up, nobody wants the result, the runner stops. */
  readonly signal: AbortSignal;
  /** Aborted when only the script must end. */
  readonly canceled: AbortSignal;
}

const AFTER_SCRIPT_LIMIT = 5 * 60_000;

/** GitLab's order: sources, dependencies' artifacts, script, after_script, upload. Gives how the job ended. */
export async function runStages(context: StageContext): Promise<JobOutcome> {
  await getSources(context);
  await downloadArtifacts(context);
  const scripted = await runScript(context);
  context.signal.throwIfAborted();
  await runAfterScript(context, scripted);
  context.signal.throwIfAborted();
  return uploadArtifacts(context, scripted);
}

async function getSources(context: StageContext): Promise<void> {
  const commands = gitCommands(context.job, context.project);
  if (commands === undefined) return;
  await section(context, 'get_sources', 'Getting source from Git repository', async () => {
    const environment = { ...context.environment, GIT_TERMINAL_PROMPT: '0' };
    const text = quietScriptText(commands, context.project);
    const code = await runText(context, { name: 'get-sources', text, environment, signal: either(context) });
    if (code === 0) return;
    stopIfEnded(context);
    const { sha } = context.job.git_info;
    throw new JobFailure(
      'runner_system_failure',
      `git could not get commit ${sha ?? '?'} (exit code ${code}); see its message above`,
    );
  });
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

async function runScript(context: StageContext): Promise<JobOutcome> {
  stopIfEnded(context);
  return section(context, 'step_script', 'Executing "step_script" stage of the job script', async () => {
    for (const step of context.job.steps.filter((one) => one.name !== 'after_script')) {
      const text = scriptText(step.script, context.project);
      const code = await runText(context, {
        name: 'script',
        text,
        environment: context.environment,
        signal: either(context),
      });
      context.signal.throwIfAborted();
      if (context.canceled.aborted) return canceledOutcome;
      if (code !== 0)
        return { state: 'failed', reason: 'script_failure', exitCode: code, message: `exit code ${code}` };
    }
    return { state: 'success' };
  });
}

/** In a shell and with a time limit of its own. Whatever comes of it, the job's outcome stands. */
async function runAfterScript(context: StageContext, outcome: JobOutcome): Promise<void> {
  const step = context.job.steps.find((one) => one.name === 'after_script');
  if (step === undefined || step.script.length === 0) return;
  const status = outcome.state === 'success' ? 'success' : outcome.reason === 'job_canceled' ? 'canceled' : 'failed';
  await section(context, 'after_script', 'Running after_script', async () => {
    const done = new AbortController();
    const overtime = new AbortController();
    void context.wait(AFTER_SCRIPT_LIMIT, done.signal).then(() => done.signal.aborted || overtime.abort());
    const environment = { ...context.environment, CI_JOB_STATUS: status };
    const signal = AbortSignal.any([context.signal, overtime.signal]);
    const text = scriptText(step.script, context.project);
    const code = await runText(context, { name: 'after-script', text, environment, signal }).finally(() =>
      done.abort(),
    );
    if (overtime.signal.aborted) context.say(yellow('WARNING: after_script took more than 5 minutes and was ended'));
    else if (code !== 0)
      context.say(yellow(`WARNING: after_script failed (exit code ${code}), but job will continue unaffected`));
  });
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
        await uploadArtifact(artifact, context);
      } catch (error) {
        context.signal.throwIfAborted();
        context.say(yellow(`ERROR: ${explain(error)}`));
        if (isSuccess) result = { state: 'failed', reason: 'script_failure', exitCode: 1, message: explain(error) };
      }
    }
    return result;
  });
}

async function section<T>(
  context: StageContext,
  name: SectionName,
  ...[title, work]: [string, () => Promise<T>]
): Promise<T> {
  context.write(sectionStart(name, title, context.clock));
  try {
    return await work();
  } finally {
    context.write(sectionEnd(name, context.clock));
  }
}

interface ScriptRun {
  readonly name: string;
  readonly text: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

async function runText(context: StageContext, { name, text, environment, signal }: ScriptRun): Promise<number> {
  const file = join(context.workspace, `${name}.sh`);
  const command = [context.shell.program, file] as const;
  const { workspace, project, sandbox } = context;
  const rest = { folder: project, onOutput: context.write, signal };
  if (sandbox === undefined) {
    await writeFile(file, text, { mode: 0o600 });
    return runSession(context.owner, { program: command[0], arguments: [file], environment, ...rest });
  }
  const home = join(workspace, 'home');
  await writeFile(file, exportLines({ ...environment, SLIPWAY_CACHE: join(home, '.cache') }) + text, { mode: 0o600 });
  const place = { workspace, writable: [project, home, join(workspace, 'tmp')] };
  return runSession(context.owner, { ...(await sandboxInvocation(sandbox, place, command)), ...rest });
}

const canceledOutcome: JobOutcome = { state: 'failed', reason: 'job_canceled', message: 'canceled' };

function either(context: StageContext): AbortSignal {
  return AbortSignal.any([context.signal, context.canceled]);
}

/** Before the script has begun, a cancellation ends the job outright. */
function stopIfEnded(context: StageContext): void {
  context.signal.throwIfAborted();
  if (context.canceled.aborted) throw new JobFailure('job_canceled', 'canceled');
}
