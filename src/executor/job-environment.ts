import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Secret } from '../kit/index.ts';
import type { JobResponse, JobVariable } from '../protocol/index.ts';
import { executableArch } from './executable-arch.ts';
import type { Environment } from './shells/job-shell.ts';
import { expandOnce } from './stages/job-context.ts';

interface EnvironmentPlace {
  /** Folder for the job's own files beside the project; holds `home`, `tmp` and `files`. */
  readonly folder: string;
  /** The project folder as the job sees it. */
  readonly project: string;
  /** Distinguishes jobs that run at once. */
  readonly index: number;
  /** Environment of this process, of which jobs get PATH, USER, LANG and TZ only. */
  readonly base: Readonly<Record<string, string | undefined>>;
  /** Variables of `base` that the job gets besides. */
  readonly kept?: readonly string[];
  /** A folder put before the PATH. */
  readonly path?: string;
  /** Authentication token of the runner, of which jobs see the beginning. */
  readonly runnerToken?: Secret;
}

/** GitLab's default where the server names no limit, in seconds. */
const DEFAULT_TIMEOUT = 7200;

/** Returns how long a job may run, in seconds. */
export function timeoutOf({ runner_info: limits }: Pick<JobResponse, 'runner_info'>): number {
  return limits.timeout || DEFAULT_TIMEOUT;
}

/**
 * Returns the whole environment of a job: its variables, and the little that every program needs. Of two variables with
 * one key the later wins; each is expanded once.
 */
export async function makeJobEnvironment(job: JobResponse, folders: EnvironmentPlace): Promise<Environment> {
  const files = join(folders.folder, 'files');
  const own = Object.create(null) as Record<string, string>;
  const unexpanded = new Map<string, string>();
  for (const variable of job.variables) {
    const { key, value, raw, file } = variable;
    own[key] = file === true ? join(files, fileName(key)) : value;
    if (raw !== true && file !== true && value.includes('$')) unexpanded.set(key, value);
    else if (unexpanded.size > 0) unexpanded.delete(key);
    if (file === true) await writeVariable(files, variable);
  }
  for (const [key, value] of runnerVariables(job, folders, own['SLIPWAY_VERSION'] ?? '')) {
    own[key] = value;
    unexpanded.delete(key);
  }
  const expanded = Array.from(unexpanded, ([key, value]) => [key, expandOnce(value, (name) => own[name])] as const);
  const inherited = {
    HOME: join(folders.folder, 'home'),
    TMPDIR: join(folders.folder, 'tmp'),
    ...baseEnvironment(folders),
  };
  // A copy of an object with so many variables takes longer than to make it.
  for (const [key, value] of Object.entries(inherited)) own[key] ??= value;
  for (const [key, value] of expanded) own[key] = value;
  return own;
}

/** Returns what every program needs, and nothing of any job. */
export function baseEnvironment({
  base,
  kept = [],
  path,
}: Pick<EnvironmentPlace, 'base' | 'kept' | 'path'>): Environment {
  const folders = [path, base['PATH'] ?? '/usr/local/bin:/usr/bin:/bin'].filter((part) => part !== undefined);
  const user = base['USER'] ?? 'slipway';
  const more = ['TZ', ...kept].flatMap((name) => (base[name] === undefined ? [] : [[name, base[name]] as const]));
  return {
    PATH: folders.join(':'),
    USER: user,
    LOGNAME: user,
    LANG: base['LANG'] ?? 'C.UTF-8',
    ...Object.fromEntries(more),
  };
}

/** What the runner itself adds; wins over the variables of the server. */
function runnerVariables(
  job: JobResponse,
  { project, index, runnerToken }: EnvironmentPlace,
  version: string,
): readonly (readonly [string, string])[] {
  return [
    ['CI_SERVER', 'yes'],
    ['CI_BUILDS_DIR', project.replace(/\/[^/]*$/, '')],
    ['CI_PROJECT_DIR', project],
    ['CI_CONCURRENT_ID', String(index)],
    ['CI_CONCURRENT_PROJECT_ID', String(index)],
    ['CI_JOB_STATUS', 'running'],
    ['CI_JOB_TIMEOUT', String(timeoutOf(job))],
    ['CI_RUNNER_EXECUTABLE_ARCH', executableArch],
    // The runner and the server are one program.
    ['CI_RUNNER_VERSION', version],
    ['CI_RUNNER_REVISION', version],
    ...(runnerToken === undefined ? [] : [['CI_RUNNER_SHORT_TOKEN', shortToken(runnerToken)] as const]),
    ['CI_SHARED_ENVIRONMENT', 'true'],
    ...secretNames(job),
    ...(job.image ? [['CI_JOB_IMAGE', job.image.name] as const] : []),
  ];
}

/** Names of the variables whose values the job's packages must not contain. The value of a file variable is its path. */
function secretNames({ variables }: JobResponse): readonly (readonly [string, string])[] {
  const secret = variables.filter(({ masked, file }) => masked === true && file !== true);
  const names = [...new Set(secret.map(({ key }) => key))].join(',');
  return names === '' ? [] : [['SLIPWAY_SECRET_VARIABLES', names]];
}

/** The first characters behind the prefix, as many as GitLab Runner shows. */
function shortToken(token: Secret): string {
  return token
    .reveal()
    .replace(/^glrt-(?:t[123]_)?/, '')
    .slice(0, 9);
}

/** A key is text from the pipeline's file; as a name of a file it must stay in its folder. */
function fileName(key: string): string {
  return key.replaceAll(/[^\w-]/g, '_');
}

async function writeVariable(folder: string, { key, value }: JobVariable): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(join(folder, fileName(key)), value, { mode: 0o600 });
}
