import { JobFailure } from '../job-outcome.ts';
import { stopIfEnded, type JobContext } from './job-context.ts';

/** Brings the sources into the project folder, after what the job runs before. */
export async function sourceStage(context: JobContext): Promise<void> {
  const { job, exchange, workspace, environment } = context;
  const hooks = job.hooks.filter(({ name }) => name === 'pre_get_sources_script');
  const strategy = environment['GIT_STRATEGY'];
  // Every job begins with a new folder, so both mean an empty one.
  const hasSources = strategy !== 'none' && strategy !== 'empty';
  stopIfEnded(context);
  if (!hasSources && hooks.length === 0) return;
  await exchange.log.section('get_sources', 'Getting source from Git repository', async () => {
    if (hooks.length > 0)
      await workspace.runEmpty(async () => {
        for (const { script } of hooks) await runHook(context, script);
      });
    if (!hasSources) return;
    await exchange.fetchSources({ ...context, signal: context.scriptSignal });
    stopIfEnded(context);
  });
}

/** Runs in the empty project folder. https://docs.gitlab.com/ci/yaml/#hookspre_get_sources_script */
async function runHook(context: JobContext, commands: readonly string[]): Promise<void> {
  const { shell, environment, exchange, scriptSignal: signal } = context;
  const { log } = exchange;
  const script = { commands, isShown: true, environment, onOutput: log.write, signal };
  const code = await shell.run(script);
  log.endLine();
  stopIfEnded(context);
  if (code !== 0) throw new JobFailure('script_failure', `exit code ${code} of hooks:pre_get_sources_script`, code);
}
