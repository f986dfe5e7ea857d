import { gitAddress } from '../../kit/index.ts';
import type { JobResponse } from '../../protocol/index.ts';
import type { SourceRequest } from '../exchange/exchange.ts';
import type { JobLog } from '../exchange/job-log.ts';
import { JobFailure } from '../job-outcome.ts';
import { quoteForShell } from '../shells/shell.ts';
import { submoduleCommands } from './submodules.ts';

/** Brings a job's sources into its project folder by git, where and as the job's own commands run. */
export async function fetchByGit(request: SourceRequest, { write: onOutput }: JobLog): Promise<void> {
  const { job, shell, workspace, signal } = request;
  const environment = { ...request.environment, GIT_TERMINAL_PROMPT: '0' };
  const commands = gitCommands(job, workspace.project);
  const code = await shell.run({ commands, isShown: false, environment, onOutput, signal });
  if (code === 0 || signal.aborted) return;
  const message = `git could not get commit ${job.git_info.sha ?? '?'} (exit code ${code}); see its message above`;
  throw new JobFailure('runner_system_failure', message);
}

/** Returns what the log says about the sources of a job: before they are fetched, and before they are checked out. */
export function sourceLines({ git_info: { depth, sha = '', ref = 'HEAD' } }: JobResponse): readonly [string, string] {
  const count = depth ?? 0;
  return [
    count > 0 ? `Fetching changes with git depth set to ${count}...` : 'Fetching changes...',
    `Checking out ${sha.slice(0, 8)} as detached HEAD (ref is ${ref})...`,
  ];
}

/** Returns the commands that bring a job's sources, and its credentials, into the project folder. */
export function gitCommands(job: JobResponse, project: string): readonly string[] {
  const [fetching, checkingOut] = sourceLines(job).map((line) => `printf '%s\\n' ${quoteForShell(line)}`) as [
    string,
    string,
  ];
  const [init, add, fetch, checkout] = checkoutCommands(job, project) as [string, string, string, string];
  const section = credentials(job.git_info.repo_url ?? '');
  const write = section === '' ? [] : [`printf %s ${quoteForShell(section)} >>.git/config`];
  const submodules = submoduleCommands((name) => job.variables.findLast(({ key }) => key === name)?.value);
  return [fetching, init, add, ...write, fetch, checkingOut, checkout, ...submodules];
}

/** Returns the commands that check out the commit of a job, whose credentials git must know from elsewhere. */
export function checkoutCommands({ git_info: info }: JobResponse, project: string): readonly string[] {
  const { repo_url: address = '', sha = '', refspecs, depth } = info;
  const shallow = depth !== null && depth !== undefined && depth > 0 ? ['--depth', String(depth)] : [];
  return [
    ['git', '-c', 'init.defaultBranch=main', 'init', '--quiet', '--template=', project],
    ['git', 'remote', 'add', '--', 'origin', gitAddress(address).url],
    // One pack is copied faster than many objects.
    [
      'git',
      '-c',
      'fetch.unpackLimit=1',
      'fetch',
      '--no-recurse-submodules',
      '--prune',
      '--quiet',
      ...shallow,
      '--',
      'origin',
      ...(refspecs ?? []),
    ],
    ['git', '-c', 'advice.detachedHead=false', 'checkout', '--force', '--quiet', sha],
  ].map((words) => words.map(quoteForShell).join(' '));
}

/**
 * Returns the section of `.git/config` that holds the credentials of an address; empty if there are none. As an
 * argument of git they could be read by every user.
 */
export function credentials(address: string): string {
  const { GIT_CONFIG_KEY_0: key, GIT_CONFIG_VALUE_0: header } = gitAddress(address).environment;
  if (key === undefined || header === undefined) return '';
  return `[http "${key.replace(/^http\.|\.extraHeader$/g, '')}"]\n\textraHeader = ${header}\n`;
}
