import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { attemptProgram, findProgram, messageOf, SYSTEM_PATH } from '../../kit/index.ts';
import { enterNamespace } from './enter-namespace.ts';

/** A view of the file system in which `target` is the folder `store`, and everything else is as it is. */
export interface NamespaceView {
  /** An empty folder, on which the new root is mounted (inside the namespace only). */
  readonly root: string;
  /** The folder on disk that stands for the target. */
  readonly store: string;
  /** Absolute path, whose parents need not exist. */
  readonly target: string;
  /** Folder in which the command starts, as the host names it. */
  readonly workFolder: string;
  /** The user of the command, who must be the caller; by default the ids of this process. */
  readonly owner?: { readonly uid: number; readonly gid: number };
}

export interface Invocation {
  readonly program: string;
  readonly args: readonly string[];
}

/**
 * The command line that runs `command` inside a view, with the caller's own user and group. The processes are in
 * the caller's process group, and in a process namespace whose first process dies with `unshare`: killing that one
 * process ends all of them.
 *
 * The programs that assemble the view come from the system's folders: an ordinary user's PATH may lack `/usr/sbin`. The
 * command gets the caller's PATH back.
 */
export function namespaceInvocation(view: NamespaceView, command: readonly string[]): Invocation {
  const { uid, gid } = view.owner ?? { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  const flags = ['--user', '--map-root-user', '--mount', '--pid', '--fork', '--kill-child=SIGKILL'];
  const folders = [view.root, view.store, view.target, view.workFolder];
  const ids = [String(uid), String(gid)];
  const start = `path=\${PATH:-${SYSTEM_PATH}} script=$1; shift; export PATH=${SYSTEM_PATH}
exec unshare ${flags.join(' ')} -- sh -c "$script" slipway "$path" "$@"`;
  return { program: '/bin/sh', args: ['-c', start, 'slipway', enterNamespace, ...folders, ...ids, ...command] };
}

/** The programs that assemble a view. */
const PROGRAMS = ['unshare', 'mount', 'umount', 'pivot_root'];

const ALLOW =
  'Let users make namespaces (`sysctl kernel.unprivileged_userns_clone=1`, or the AppArmor or container setting that ' +
  'forbids it).';

/** Why builds have no namespaces, and what to do. */
interface NamespaceFault {
  readonly reason: string;
  readonly remedy: string;
}

let isAvailable = false;

/**
 * Whether this machine lets the caller assemble such a view; tried out, since there are many ways to forbid it. A view
 * takes some forty processes, so success is remembered.
 */
export async function namespacesAvailable(): Promise<boolean> {
  isAvailable ||= (await tryNamespaces()) === undefined;
  return isAvailable;
}

/** Returns why this machine does not let the caller assemble such a view; undefined if it does. */
export async function findNamespaceFault(): Promise<NamespaceFault | undefined> {
  const reason = await tryNamespaces();
  if (reason === undefined) return undefined;
  const found = await Promise.all(PROGRAMS.map((name) => findProgram(name, SYSTEM_PATH)));
  const missing = PROGRAMS.filter((_, index) => found[index] === undefined).join(', ');
  return missing === ''
    ? { reason, remedy: ALLOW }
    : {
        reason: `the system has no ${missing}`,
        remedy: `Install ${missing} (Debian: \`apt-get install util-linux mount\`).`,
      };
}

/** Assembles a view, and returns why that fails. */
async function tryNamespaces(): Promise<string | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-probe-'));
  const view = {
    root: join(folder, 'root'),
    store: join(folder, 'store'),
    target: '/opt/slipway-probe/store',
    workFolder: '/',
  };
  try {
    await mkdir(view.root);
    await mkdir(join(view.store, 'inside'), { recursive: true });
    const { program, args } = namespaceInvocation(view, ['test', '-d', `${view.target}/inside`]);
    const tried = await attemptProgram(program, args, { env: { PATH: SYSTEM_PATH, LC_ALL: 'C' } });
    return tried.isSuccess ? undefined : tried.reason;
  } catch (error) {
    return messageOf(error);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
