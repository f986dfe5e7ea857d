import { yellow } from '../section.ts';
import type { JobContext } from './job-context.ts';

/** Depends on the job's own configuration of git, so it runs where the job's commands run. */
const COMMAND = 'git ls-files --others -z 2>/dev/null';

/**
 * Returns the paths of all files in the project that git does not track, ignored ones included
 * (https://docs.gitlab.com/ci/yaml/#artifactsuntracked), without those that came with the sources.
 */
export async function listUntracked({
  shell,
  workspace,
  environment,
  exchange,
  signal,
}: JobContext): Promise<readonly string[]> {
  const chunks: Buffer[] = [];
  const onOutput = (bytes: Buffer) => chunks.push(Buffer.from(bytes));
  const code = await shell.run({ commands: [COMMAND], isShown: false, environment, onOutput, signal });
  if (code !== 0) exchange.log.print(yellow('WARNING: untracked: the project folder is no git repository'));
  if (code !== 0) return [];
  const paths = Buffer.concat(chunks).toString('utf8').split('\0');
  return paths.filter((path) => path !== '' && !workspace.isSource(path));
}
