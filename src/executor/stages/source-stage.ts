import { gitCommands } from '../workspace/git-sources.ts';
import { JobFailure } from '../job-outcome.ts';
import { quietScriptText, scriptText } from './script-text.ts';
import { either, runText, section, stopIfEnded } from './stage-context.ts';
import type { StageContext } from './stage-context.ts';

/** Brings the sources into the project folder, after what the job wants to be done before. */
export async function getSources(context: StageContext): Promise<void> {
  const hooks = context.job.hooks.filter(({ name }) => name === 'pre_get_sources_script');
  const commands = gitCommands(context.job, context.project);
  if (commands === undefined && hooks.length === 0) return;
  await section(context, 'get_sources', 'Getting source from Git repository', async () => {
    for (const { script } of hooks) await runHook(context, script);
    if (commands !== undefined) await runGit(context, commands);
  });
}

/** In the folder in which the sources will be. https://docs.gitlab.com/ci/yaml/#hookspre_get_sources_script */
async function runHook(context: StageContext, script: readonly string[]): Promise<void> {
  const text = scriptText(script, context.project);
  const { environment } = context;
  const code = await runText(context, { name: 'before-sources', text, environment, signal: either(context) });
  stopIfEnded(context);
  if (code !== 0) throw new JobFailure('script_failure', `exit code ${code} of hooks:pre_get_sources_script`, code);
}

async function runGit(context: StageContext, commands: readonly string[]): Promise<void> {
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
}
