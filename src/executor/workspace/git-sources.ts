import { gitAddress } from '../../kit/index.ts';
import type { JobResponse } from '../../protocol/index.ts';
import { quoteForShell } from '../shells/shell.ts';
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
    ...originCommands(url),
    words.map(quoteForShell).join(' '),
    say(`Checking out ${sha.slice(0, 8)} as detached HEAD (ref is ${ref})...`),
    `git -c advice.detachedHead=false checkout --force --quiet ${quoteForShell(sha)}`,
    ...submoduleCommands((name) => valueOf(job, name)),
  ];
}

/** Credentials go into the repository's own configuration: as an argument of git they could be read by every user. */
function originCommands(address: string): readonly string[] {
  const { url, environment } = gitAddress(address);
  const { GIT_CONFIG_KEY_0: key, GIT_CONFIG_VALUE_0: header } = environment;
  const add = `git remote add -- origin ${quoteForShell(url)}`;
  if (key === undefined || header === undefined) return [add];
  const place = key.replace(/^http\.|\.extraHeader$/g, '');
  return [
    add,
    `printf '[http "%s"]\\n\\textraHeader = %s\\n' ${quoteForShell(place)} ${quoteForShell(header)} >>.git/config`,
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
