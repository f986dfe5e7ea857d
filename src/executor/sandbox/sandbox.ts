import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProgram } from '../../kit/index.ts';
import type { JobResponse } from '../../protocol/index.ts';
import { JobFailure } from '../job-outcome.ts';
import { alwaysHidden, shownPlaces } from './hidden-places.ts';
import { sandboxScript } from './sandbox-script.ts';
import { quoteForShell } from '../shells/shell.ts';

/** Programs that build a sandbox come from here, never from a job's own search path. */
const systemPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * Which jobs run in a sandbox: outsiders' only, those of all pull requests (what is not merged has no business with the
 * server's keys, whoever wrote it), or every one. With `never` the runner refuses jobs of outsiders.
 */
export type SandboxMode = 'untrusted' | 'pull-requests' | 'always' | 'never';

export interface SandboxSettings {
  readonly mode: SandboxMode;
  /** Folders and files besides the usual ones that a job must not see: the server's data, its secrets. */
  readonly hidden: readonly string[];
  /** What a job needs from below a hidden folder: the program `slipway`, node, and what `programFolders` finds. */
  readonly readable: readonly string[];
  /**
   * Folders of caches that jobs of protected refs share and write; the first is theirs unless SLIPWAY_CACHE names
   * another.
   */
  readonly caches?: readonly string[];
  /** Called once a job has its sources, before its script. */
  readonly prepare?: PrepareSandbox;
  /** Why trusted jobs run outside of a sandbox although nobody asked for that; printed in their logs. */
  readonly warning?: string;
}

/** What the operator's side adds to the sandbox of a job. */
interface PreparedSandbox {
  readonly readable: readonly string[];
  /** Over those of the job. */
  readonly variables: Readonly<Record<string, string>>;
}

/** `project` holds the job's sources; `print` writes a line to its log. Called at once for several jobs. */
export type PrepareSandbox = (request: {
  readonly job: JobResponse;
  readonly project: string;
  readonly print: (line: string) => void;
}) => Promise<PreparedSandbox | undefined>;

interface SandboxedJob {
  readonly workspace: string;
  /** Subfolders of the workspace; the first is where commands start. */
  readonly writable: readonly string[];
  /** Whom the job runs as: the caller, and nobody else is possible; by default the ids of this process. */
  readonly owner?: { readonly uid: number; readonly gid: number };
}

/** Whether a job must run in a sandbox. Where there is none, an outsider's job is not run at all. */
export function needsSandbox({ trust }: Pick<JobResponse, 'trust'>, mode: SandboxMode): boolean {
  if (mode === 'never' && trust === 'untrusted') {
    const message = 'this runner has no sandbox, and the job is an outsider’s';
    throw new JobFailure('runner_system_failure', message);
  }
  if (mode === 'always' || mode === 'never') return mode === 'always';
  return trust !== 'protected' && (mode === 'pull-requests' || trust !== 'pull-request');
}

/** A command line together with the whole environment in which the sandbox is built. */
interface SandboxInvocation {
  readonly program: string;
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * The command line that runs `command` in a sandbox: in user, mount, process and IPC namespaces of its own, without
 * root. The file system is read-only but for the job's own folders; what is hidden is empty; no other process is seen.
 * The network stays. The first process is in the caller's session, and all others die with it.
 *
 * Nothing of the job's environment takes part, since a variable such as LD_PRELOAD would act before the sandbox is
 * there: the command has to bring its environment along.
 */
export async function sandboxInvocation(
  settings: SandboxSettings,
  job: SandboxedJob,
  command: readonly string[],
): Promise<SandboxInvocation> {
  const root = join(await realpath(job.workspace), 'sandbox');
  await mkdir(root, { recursive: true });
  const hidden = await existing([...alwaysHidden, ...settings.hidden]);
  // The file that names the resolvers is often a link into /run.
  const named = [...settings.readable, '/etc/resolv.conf'];
  const script = sandboxScript({
    workspace: await realpath(job.workspace),
    root,
    writable: await existing(job.writable),
    ...(await shownPlaces(named, hidden)),
    owner: job.owner ?? { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 },
  });
  const namespaces = ['--user', '--map-root-user', '--mount', '--pid', '--ipc', '--fork', '--kill-child=SIGKILL'];
  return {
    program: 'unshare',
    arguments: [...namespaces, '--', 'sh', '-c', script, 'sandbox', ...command],
    environment: { PATH: systemPath, LC_ALL: 'C' },
  };
}

/** Whether this machine can build a sandbox; tried out, since there are many ways to forbid it. */
export async function sandboxAvailable(): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-sandbox-'));
  try {
    const [own, other] = [join(folder, 'job'), join(folder, 'other')];
    await mkdir(join(own, 'project'), { recursive: true });
    await mkdir(other);
    const settings = { mode: 'always', hidden: [other], readable: [] } as const;
    const test = ['sh', '-c', `[ ! -e ${quoteForShell(other)} ] && [ -d /proc/self ] && : > written`];
    const place = { workspace: own, writable: [join(own, 'project')] };
    const { program, arguments: words, environment } = await sandboxInvocation(settings, place, test);
    await runProgram(program, words, { env: environment });
    return true;
  } catch {
    return false;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The paths that are there, without links. */
async function existing(paths: readonly string[]): Promise<readonly string[]> {
  const real = await Promise.all(paths.map((path) => realpath(path).catch(() => undefined)));
  return [...new Set(real.filter((path) => path !== undefined))];
}
