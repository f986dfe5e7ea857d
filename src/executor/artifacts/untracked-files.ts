import { quietScriptText } from '../stages/script-text.ts';
import { yellow } from '../section.ts';
import { runText } from '../stages/stage-context.ts';
import type { StageContext } from '../stages/stage-context.ts';

/** What git says about a folder is a question to the job's own configuration of git, so it is asked where the job's commands run. */
const QUESTION = 'git ls-files --others -z 2>/dev/null';

/** Paths of all files in the project that git does not track, ignored ones included (https://docs.gitlab.com/ci/yaml/#artifactsuntracked). */
export async function listUntracked(context: StageContext, signal: AbortSignal): Promise<readonly string[]> {
  const chunks: Buffer[] = [];
  const code = await runText(context, {
    name: 'untracked',
    text: quietScriptText([QUESTION], context.project),
    environment: context.environment,
    signal,
    onOutput: (bytes) => chunks.push(bytes),
  });
  if (code !== 0) context.say(yellow('WARNING: untracked: the project folder is no git repository'));
  return code === 0 ? splitPaths(Buffer.concat(chunks)) : [];
}

/** Paths as `-z` separates them. */
export function splitPaths(bytes: Buffer): readonly string[] {
  return bytes
    .toString('utf8')
    .split('\0')
    .filter((path) => path !== '');
}
