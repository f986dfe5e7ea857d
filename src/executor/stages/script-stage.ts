import { steadyNow } from '../../kit/index.ts';
import type { JobOutcome } from '../job-outcome.ts';
import { yellow } from '../section.ts';
import type { Script, ScriptUsage } from '../shells/job-shell.ts';
import { stopIfEnded, type JobContext } from './job-context.ts';
import type { ScriptLimits } from './script-limits.ts';

const canceled: JobOutcome = { state: 'failed', reason: 'job_canceled', message: 'canceled' };
const overtime: JobOutcome = {
  state: 'failed',
  reason: 'job_execution_timeout',
  message: 'script exceeded RUNNER_SCRIPT_TIMEOUT',
};

/** Runs before_script and script, which GitLab puts into one shell. */
export async function scriptStage(context: JobContext, { script: limit }: ScriptLimits): Promise<JobOutcome> {
  stopIfEnded(context);
  const { job, exchange, environment, signal } = context;
  return exchange.log.section('step_script', 'Executing "step_script" stage of the job script', async () => {
    for (const { script } of job.steps.filter((one) => one.name !== 'after_script')) {
      const run = { phase: 'script', commands: script, environment, signal: context.scriptSignal };
      const { code, isOvertime } = await runWithin(context, run, limit);
      signal.throwIfAborted();
      if (exchange.canceled.aborted) return canceled;
      if (isOvertime) return overtime;
      if (code !== 0)
        return { state: 'failed', reason: 'script_failure', exitCode: code, message: `exit code ${code}` };
    }
    return { state: 'success' };
  });
}

/** Runs after_script in a shell and with a time limit of its own. By default its failure does not count. */
export async function afterScriptStage(
  context: JobContext,
  outcome: JobOutcome,
  limits: ScriptLimits,
): Promise<JobOutcome> {
  const { job, exchange, signal } = context;
  const step = job.steps.find((one) => one.name === 'after_script');
  if (step === undefined || step.script.length === 0) return outcome;
  const status = outcome.state === 'success' ? 'success' : outcome.reason === 'job_canceled' ? 'canceled' : 'failed';
  return exchange.log.section('after_script', 'Running after_script', async () => {
    const environment = { ...context.environment, CI_JOB_STATUS: status };
    const run = { phase: 'after_script', commands: step.script, environment, signal };
    const { code, isOvertime } = await runWithin(context, run, limits.afterScript);
    if (code === 0 && !isOvertime) return outcome;
    const what = isOvertime ? 'took longer than it may' : `failed (exit code ${code})`;
    if (!limits.isAfterScriptIgnored && outcome.state === 'success')
      return { state: 'failed', reason: 'script_failure', exitCode: code, message: `after_script ${what}` };
    exchange.log.print(yellow(`WARNING: after_script ${what}, but job will continue unaffected`));
    return outcome;
  });
}

/** Runs a script and ends it after so many milliseconds. */
async function runWithin(
  { shell, exchange, wait, clock }: JobContext,
  { phase, signal, ...script }: Pick<Script, 'commands' | 'environment' | 'signal'> & { readonly phase: string },
  limit: number | undefined,
): Promise<{ readonly code: number; readonly isOvertime: boolean }> {
  const { log, onUsage: report } = exchange;
  const began = steadyNow(clock);
  const onUsage =
    report && ((usage: ScriptUsage) => report({ phase, seconds: (steadyNow(clock) - began) / 1000, ...usage }));
  const run = (ending: AbortSignal) =>
    shell
      .run({ ...script, isShown: true, onOutput: log.write, signal: ending, ...(onUsage && { onUsage }) })
      .finally(() => log.endLine());
  if (limit === undefined) return { code: await run(signal), isOvertime: false };
  const [done, overtime] = [new AbortController(), new AbortController()];
  void wait(limit, done.signal).then(() => done.signal.aborted || overtime.abort());
  const code = await run(AbortSignal.any([signal, overtime.signal])).finally(() => done.abort('the script has ended'));
  return { code, isOvertime: overtime.signal.aborted && !signal.aborted };
}
