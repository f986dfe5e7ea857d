import type { Mechanism } from './mechanism.ts';
import type { Mount } from './mounts.ts';
import { maskedKernelFiles } from './kernel-files.ts';

/** Bytes of memory that jobs may use as files: `/dev/shm`. */
export const SHARED_MEMORY = 2 ** 30;

/** Splits words at blanks; none of them contains one. */
const split = (text: string): readonly string[] => text.split(' ');

/**
 * The first process of the process namespace: signals that it does not handle are lost on it, so the command is another
 * one. Bubblewrap's own first process ends after bubblewrap has, and then is a zombie where nothing waits for orphans.
 */
const FIRST = 'exec 3>&2 2>/dev/null; "$@" 2>&3 3>&-; exit $?';

/**
 * Bubblewrap, 0.6 or newer. It keeps a process outside of the new namespaces, which dies of a SIGTERM to the job's
 * process group, and all others with it. So `env` gives the signal back to the job alone, and the process that starts
 * bubblewrap ignores it.
 */
export function bubblewrap(program: string): Mechanism {
  return {
    name: 'bwrap',
    words: ({ mounts, network, folder, filter }, command) => [
      program,
      ...split('--unshare-user --unshare-ipc --unshare-pid --unshare-uts --die-with-parent --as-pid-1'),
      ...(network === 'none' ? ['--unshare-net'] : []),
      ...split(`--cap-drop ALL --cap-add CAP_SETFCAP --seccomp ${filter} --proc /proc --dev /dev`),
      ...split(`--size ${SHARED_MEMORY} --perms 1777 --tmpfs /dev/shm --remount-ro /dev`),
      ...maskedKernelFiles().flatMap(words),
      ...mounts.flatMap(words),
      // A folder without anything stays writable until what is shown within it has its place.
      ...mounts.flatMap(({ kind, path }) => (kind === 'empty-folder' ? ['--remount-ro', path] : [])),
      ...split('--remount-ro / --chdir'),
      folder,
      ...split('-- sh -c'),
      FIRST,
      ...split('sh env --default-signal=TERM'),
      ...command,
    ],
    imageWords: ({ root, user, variables, folder, filter }, command) => [
      program,
      ...split(
        '--unshare-user --unshare-ipc --unshare-pid --unshare-uts --unshare-net --die-with-parent --new-session',
      ),
      ...split(`--cap-drop ALL --seccomp ${filter} --uid ${user.uid} --gid ${user.gid} --bind`),
      root,
      ...split('/ --proc /proc --dev /dev'),
      ...maskedKernelFiles().flatMap(words),
      '--clearenv',
      ...[...variables].flatMap(([name, value]) => ['--setenv', name, value]),
      '--chdir',
      folder,
      '--',
      ...command,
    ],
  };
}

function words(mount: Mount): readonly string[] {
  switch (mount.kind) {
    case 'read':
      return ['--ro-bind', mount.source, mount.path];
    case 'write':
      return ['--bind', mount.source, mount.path];
    case 'link':
      return ['--symlink', mount.target, mount.path];
    case 'empty-folder':
      return ['--tmpfs', mount.path];
    case 'empty-file':
      return ['--ro-bind', '/dev/null', mount.path];
  }
}
