import type { JobResponse } from '../../protocol/index.ts';
import { quoteForShell } from '../processes/shell.ts';
import { submoduleCommands } from './submodules.ts';

/** The commands that bring a job's sources into the project folder, and what the log says about each. */
export function gitCommands(job: JobResponse, project: string): readonly string[] | undefined {
  const { repo_url: url, sha, ref = 'HEAD', refspecs, depth } = job.git_info;
  if (url === undefined || sha === undefined || hasNoSources(job)) return undefined;
  const count = depth ?? 0;
  const fetched = refspecs ?? [];
  const words = [
    'git',
    'fetch',
    '--no-recurse-submodules',
    '--prune',
    '--quiet',
    ...(count > 0 ? ['--depth', String(count)] : []),
    '--',
    'origin',
    ...fetched,
  ];
  return [
    say(count > 0 ? `Fetching changes with git depth set to ${count}...` : 'Fetching changes...'),
    `git -c init.defaultBranch=main init --quiet --template= ${quoteForShell(project)}`,
    `git remote add -- origin ${quoteForShell(url)}`,
    words.map(quoteForShell).join(' '),
    say(`Checking out ${sha.slice(0, 8)} as detached HEAD (ref is ${ref})...`),
    `git -c advice.detachedHead=false checkout --force --quiet ${quoteForShell(sha)}`,
    ...submoduleCommands((name) => valueOf(job, name)),
  ];
}

/** `GIT_STRATEGY`: `none` and `empty` mean an empty folder, since every job here begins with a new one. */
function hasNoSources(job: JobResponse): boolean {
  const strategy = valueOf(job, 'GIT_STRATEGY');
  return strategy === 'none' || strategy === 'empty';
}

function valueOf(job: JobResponse, name: string): string | undefined {
  return job.variables.findLast((variable) => variable.key === name)?.value;
}

function say(text: string): string {
  return `printf '%s\\n' ${quoteForShell(text)}`;
}
