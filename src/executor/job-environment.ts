import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Secret } from '../kit/index.ts';
import type { JobResponse, JobVariable } from '../protocol/index.ts';
import { executableArch } from './executable-arch.ts';

/** What of a job its environment is made of. */
export type JobWithVariables = Pick<JobResponse, 'variables'> & { readonly image?: { readonly name: string } | null };

export interface EnvironmentPlace {
  /** The job's own folder; `home`, `tmp` and `files` are made in it. */
  readonly workspace: string;
  readonly project: string;
  /** What the runner's own environment lends: only PATH, USER, LANG and TZ are looked at. */
  readonly base: Readonly<Record<string, string | undefined>>;
  /** A folder put before the PATH. */
  readonly path?: string;
  readonly timeout: number;
  /** Authentication token of the runner, of which jobs see the beginning. */
  readonly runnerToken?: Secret;
}

/**
 * The whole environment of a job: its variables, and the little that every program needs. Nothing else of the
 * runner's own environment gets in. Of two variables with one key the later wins; each is expanded once.
 */
export async function makeJobEnvironment(
  job: JobWithVariables,
  place: EnvironmentPlace,
): Promise<Record<string, string>> {
  const own = [...job.variables, ...runnerVariables(job, place)];
  const files = join(place.workspace, 'files');
  const values = new Map<string, string>();
  for (const variable of own)
    values.set(variable.key, variable.file === true ? join(files, fileName(variable.key)) : variable.value);
  const final = new Map(own.map((variable) => [variable.key, variable]));
  const environment = baseEnvironment(place);
  for (const variable of final.values()) environment[variable.key] = finalValue(variable, values);
  await writeFiles(files, [...final.values()]);
  for (const folder of ['home', 'tmp']) await mkdir(join(place.workspace, folder), { recursive: true });
  return environment;
}

/** One pass, as GitLab's runner does it (Go's `os.Expand`): an unknown name gives nothing, `$$` gives `$`. */
export function expandOnce(text: string, lookup: (name: string) => string | undefined): string {
  return text.replaceAll(/\$(?:\{[^}]*\}|[A-Za-z_]\w*|[*#$@!?0-9-])/g, (reference) =>
    reference === '$$' ? '$' : (lookup(reference.replaceAll(/^\$\{?|\}$/g, '')) ?? ''),
  );
}

function finalValue(variable: JobVariable, values: ReadonlyMap<string, string>): string {
  const value = values.get(variable.key) ?? '';
  return variable.raw === true || variable.file === true ? value : expandOnce(value, (name) => values.get(name));
}

function baseEnvironment({ base, path, workspace }: EnvironmentPlace): Record<string, string> {
  const folders = [path, base['PATH'] ?? '/usr/local/bin:/usr/bin:/bin'].filter((part) => part !== undefined);
  const user = base['USER'] ?? 'slipway';
  return {
    PATH: folders.join(':'),
    HOME: join(workspace, 'home'),
    TMPDIR: join(workspace, 'tmp'),
    USER: user,
    LOGNAME: user,
    LANG: base['LANG'] ?? 'C.UTF-8',
    ...(base['TZ'] === undefined ? {} : { TZ: base['TZ'] }),
  };
}

/** What the runner itself adds, over the variables of the server. */
function runnerVariables(job: JobWithVariables, place: EnvironmentPlace): readonly JobVariable[] {
  const version = job.variables.find(({ key }) => key === 'SLIPWAY_VERSION')?.value ?? '';
  const plain = {
    CI_SERVER: 'yes',
    CI_BUILDS_DIR: place.workspace,
    CI_PROJECT_DIR: place.project,
    CI_CONCURRENT_ID: '0',
    CI_CONCURRENT_PROJECT_ID: '0',
    CI_JOB_STATUS: 'running',
    CI_JOB_TIMEOUT: String(place.timeout),
    CI_RUNNER_EXECUTABLE_ARCH: executableArch,
    // The runner and the server are one program.
    CI_RUNNER_VERSION: version,
    CI_RUNNER_REVISION: version,
    ...(place.runnerToken === undefined ? {} : { CI_RUNNER_SHORT_TOKEN: shortToken(place.runnerToken) }),
    CI_SHARED_ENVIRONMENT: 'true',
    ...(job.image === null || job.image === undefined ? {} : { CI_JOB_IMAGE: job.image.name }),
  };
  return Object.entries(plain).map(([key, value]) => ({ key, value, raw: true }));
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

async function writeFiles(folder: string, variables: readonly JobVariable[]): Promise<void> {
  for (const variable of variables.filter((one) => one.file === true)) {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFile(join(folder, fileName(variable.key)), variable.value, { mode: 0o600 });
  }
}
