import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { findSandbox, namedPrograms, type LocalSandbox, type SandboxMode } from '../executor/index.ts';
import { packageFolders, type Secret, type ProcessVariables } from '../kit/index.ts';
import { checkBundle, checkInProject } from './check-bundle.ts';
import { chooseLocation, type ContainerChoice, type JobLocation } from './container.ts';
import { reproduceError } from './errors.ts';
import { prepareMirror } from './job-mirror.ts';
import { obtainBundle, type BundleSource, type ObtainedBundle } from './obtain-bundle.ts';
import { reproductionNetwork } from './reproduction-network.ts';
import { runJobHere } from './run-job.ts';
import { judge, type Verdict } from './verdict.ts';

interface ReproduceRequest extends BundleSource {
  /** Whether the job runs, or is only downloaded. */
  readonly isRun: boolean;
  readonly container: ContainerChoice;
  /** Whether a job that runs in no image runs in a sandbox. */
  readonly sandbox: SandboxMode;
  /** Names of hosts that a job in the sandbox reaches, besides those of a server without configuration. */
  readonly hosts: readonly string[];
  /** Variables and secrets over those of the job. */
  readonly variables: Readonly<Record<string, string>>;
  /** The user's environment. */
  readonly env: ProcessVariables;
  /** Returns the token for a server, by its URL, if there is one: it opens what a pull request pushed. */
  readonly token: (server: string) => Promise<Secret | undefined>;
  /** Receives what the job prints. */
  readonly onOutput: (bytes: Buffer) => void;
}

interface Reproduced {
  readonly job: { readonly id: string; readonly name: string };
  readonly folder: string;
  /** Absent if the job was not run. */
  readonly verdict?: Verdict;
}

/** Downloads a job, runs it, and judges whether it ends as it ended before. */
export async function reproduceJob(request: ReproduceRequest): Promise<Reproduced> {
  const { env, variables, isRun, container: choice } = request;
  const bundle = await obtainBundle(request);
  const { folder, reproduction } = bundle;
  const { job } = reproduction;
  await checkBundle(bundle);
  const location = await chooseLocation(reproduction, { choice, env });
  for (const line of introduction(bundle, location, { variables, folder: shownFolder(folder, request) }))
    request.note(line);
  const reproduced = { job: { id: job.id, name: job.name }, folder };
  if (!isRun) return reproduced;
  const sandbox = location.container === undefined ? await sandboxFor(bundle, request) : undefined;
  return { ...reproduced, verdict: await runAndJudge(bundle, { ...location, sandbox }, request) };
}

/** Returns the sandbox of a job that runs in no image; undefined where the user wants none. */
async function sandboxFor(
  { reproduction, folder, server }: ObtainedBundle,
  { sandbox: mode, hosts, env, variables, note }: ReproduceRequest,
): Promise<LocalSandbox | undefined> {
  const { job, trust, request = '?' } = reproduction;
  if (mode === 'never') {
    if (trust === 'untrusted') throw reproduceError('REPRODUCE_JOB_UNTRUSTED', { job: job.name, request });
    note('It runs without a sandbox: it can read and change all that you can.');
    return undefined;
  }
  const { mechanism, ...fault } = await findSandbox();
  if (mechanism === undefined) throw reproduceError('REPRODUCE_SANDBOX_MISSING', { job: job.name, ...fault });
  note(`It runs in the sandbox, by ${mechanism.name}.`);
  const { readable, hidden } = await namedPrograms(env, { variables: [variables] });
  return {
    readable: [...packageFolders(), process.execPath, join(folder, 'bin'), ...readable],
    hidden,
    writable: () => [join(folder, 'mirror')],
    network: reproductionNetwork({ server, hosts }),
  };
}

/** Returns a folder as it is shown: relative if it is below the current one. */
export function shownFolder(folder: string, { cwd }: Pick<ReproduceRequest, 'cwd'>): string {
  return folder.startsWith(`${cwd}/`) ? folder.slice(cwd.length + 1) : folder;
}

async function runAndJudge(
  bundle: ObtainedBundle,
  location: JobLocation & { readonly sandbox: LocalSandbox | undefined },
  request: ReproduceRequest,
): Promise<Verdict> {
  const { reproduction, folder, server } = bundle;
  const { env, onOutput, signal } = request;
  const environment = environmentOf(bundle);
  await checkInProject(folder, environment);
  const mirrors = await prepareMirror({
    reproduction,
    folder,
    environment,
    signal,
    server,
    token: server === undefined ? undefined : await request.token(server),
  });
  const variables = { ...mirrors, ...request.variables };
  const temporary = env['TMPDIR'] ?? tmpdir();
  const ending = await runJobHere({
    reproduction,
    folder,
    location,
    network: reproductionNetwork({ server, hosts: request.hosts }),
    variables,
    base: env,
    temporary,
    onOutput,
    signal,
  });
  signal.throwIfAborted();
  return judge(reproduction, ending, folder);
}

/** Returns lines that name what runs, where, and what may make it differ. */
function introduction(
  { reproduction }: ObtainedBundle,
  { because }: JobLocation,
  { variables, folder }: { readonly variables: ReproduceRequest['variables']; readonly folder: string },
): readonly string[] {
  const { job, source, stack, services, withheld } = reproduction;
  const commit = source.sha === '' ? '' : `, commit ${source.sha.slice(0, 12)}`;
  const missing = withheld.filter((name) => !(name in variables));
  const secrets = `Left out as secrets: ${missing.join(', ')}. Pass those that it needs with --secret NAME.`;
  return [
    `Job \`${job.name}\` (${job.id}) of ${stack}${commit}, in ${folder}`,
    `${because.charAt(0).toUpperCase()}${because.slice(1)}.`,
    ...(missing.length > 0 ? [secrets] : []),
    ...(services.length > 0 ? [`Its services are not started: ${services.join(', ')}.`] : []),
  ];
}

/** Folder of the locked environment, where the job looks for it. */
function environmentOf({ reproduction, folder }: ObtainedBundle): string {
  const named = reproduction.variables.findLast(({ key }) => key === 'SPACK_CONCRETE_ENV_DIR')?.value;
  return resolve(folder, 'project', named ?? 'jobs_scratch_dir/concrete_environment');
}
