import { ownFolders } from './hidden-places.ts';
import { quoteForShell } from '../shells/shell.ts';

/**
 * What a job in a sandbox sees of the file system. All paths are absolute, and without links outside of what is hidden.
 */
interface SandboxView {
  /** The job's own folder: seen, and written only below `writable`. */
  readonly workspace: string;
  /** An empty folder, on which the new root is mounted (inside the namespace only). */
  readonly root: string;
  readonly writable: readonly string[];
  /** Folders and files that are empty inside. What is not there is passed over. */
  readonly hidden: readonly string[];
  /** Files and folders that are seen although they lie below something hidden. */
  readonly readable: readonly string[];
  /** Whom the job runs as: the caller, and nobody else is possible. */
  readonly owner: { readonly uid: number; readonly gid: number };
}

/**
 * The functions of the script. `mountinfo` is described in proc(5). A bind mount is made read-only in a second step,
 * which has to repeat the flags that the caller may not lift (mount_namespaces(7), "locked").
 */
const functions = String.raw`set -eu
umask 022
flags_of() {
  flags=
  for word in $(IFS=,; echo $1); do
    case $word in nosuid|nodev|noexec|noatime|nodiratime|relatime|nosymfollow) flags=$flags,$word ;; esac
  done
}
make_readonly() { flags_of "$2"; mount -o "remount,bind,ro$flags" none "$1"; }
seal() {
  found=
  while read -r _ _ _ _ point options _; do
    case $point in *\\*) point=$(printf %b "$point") ;; esac
    if [ "$point" = "$1" ]; then found=$options; fi
  done < /proc/self/mountinfo
  make_readonly "$1" "$found"
}
seal_all() {
  while read -r _ _ _ _ point options _; do
    case $point in *\\*) point=$(printf %b "$point") ;; esac
    case $point in "$root/proc"|"$root/proc/"*|"$root/dev"|"$root/dev/"*) continue ;; esac
    case $point in "$root"|"$root/"*) ;; *) continue ;; esac
    make_readonly "$point" "$options" || mount -t tmpfs -o ro,size=4k slipway "$point"
  done < /proc/self/mountinfo
}
own() { if [ -d "$root$1" ]; then mount -t tmpfs -o mode=1777,nosuid,nodev slipway "$root$1"; fi; }
hide() {
  if [ -d "$root$1" ]; then mount -t tmpfs -o mode=0755,size=1m,nosuid,nodev slipway "$root$1"
  elif [ -e "$root$1" ]; then mount --bind /dev/null "$root$1"
  fi
}
show() {
  if [ -d "$1" ]; then mkdir -p "$root$1"
  elif [ ! -e "$1" ]; then return 0
  elif [ ! -e "$root$1" ]; then mkdir -p "$root${'$'}{1%/*}"; : > "$root$1"
  fi
  mount --bind "$1" "$root$1"
}
devices() {
  mount -t tmpfs -o mode=0755,size=1m,nosuid,noexec slipway "$root/dev"
  for name in null zero full random urandom tty; do
    if [ -e "/dev/$name" ]; then : > "$root/dev/$name"; mount --bind "/dev/$name" "$root/dev/$name"; fi
  done
  ln -s /proc/self/fd "$root/dev/fd"
  ln -s fd/0 "$root/dev/stdin"; ln -s fd/1 "$root/dev/stdout"; ln -s fd/2 "$root/dev/stderr"
  mkdir "$root/dev/shm" "$root/dev/pts"
  mount -t tmpfs -o mode=1777,nosuid,nodev slipway "$root/dev/shm"
  if mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts" 2>/dev/null; then ln -s pts/ptmx "$root/dev/ptmx"; fi
}
processes() {
  mount -t proc -o nosuid,nodev,noexec proc "$root/proc"
  for name in bus fs irq sys sysrq-trigger; do
    if [ -e "$root/proc/$name" ]; then
      mount --bind "$root/proc/$name" "$root/proc/$name"
      mount -o remount,bind,ro,nosuid,nodev,noexec none "$root/proc/$name"
    fi
  done
}
`;

/**
 * The script that `sh` runs as root of fresh user, mount, process and IPC namespaces; its arguments are the command. It
 * binds the whole file system read-only, covers what is hidden, binds back what is shown, and makes that the root.
 * Whatever fails ends it: a command never runs in half a sandbox.
 *
 * Devices are a chosen few, and `/proc/sys` is read-only, because the machine's root keeps the rights that the owner of
 * a file has even here. Last, a second user namespace gives the caller's own ids back and takes the right to mount. The
 * command is not the first process of its namespace: that one ignores SIGTERM.
 */
export function sandboxScript(view: SandboxView): string {
  const { root, workspace, writable, owner } = view;
  const { uid, gid } = owner;
  const steps = layers(view).map(({ verb, path }) => `${verb} ${quoteForShell(path)}`);
  const sealed = layers(view).filter(({ verb, path }) => verb === 'show' && !writable.includes(path));
  return [
    functions,
    `root=${quoteForShell(root)}`,
    'mount --rbind / "$root"',
    'seal_all',
    ...steps,
    ...sealed.map(({ path }) => `if [ -e ${quoteForShell(path)} ]; then seal "$root"${quoteForShell(path)}; fi`),
    'devices',
    'processes',
    'mkdir "$root/tmp/.host"',
    'cd "$root"',
    'pivot_root . tmp/.host',
    'cd /',
    'umount -l /tmp/.host',
    'rmdir /tmp/.host',
    `unshare --user --map-user=${uid} --map-group=${gid} --wd=${quoteForShell(writable[0] ?? workspace)} -- "$@"`,
    'exit $?',
    '',
  ].join('\n');
}

interface Layer {
  readonly verb: 'own' | 'hide' | 'show';
  readonly path: string;
}

/** What is laid over the file system, the outer before the inner, so that each may undo what it lies in. */
function layers({ workspace, writable, hidden, readable }: SandboxView): readonly Layer[] {
  const of = (verb: Layer['verb'], paths: readonly string[]): Layer[] => paths.map((path) => ({ verb, path }));
  const covers = hidden.filter((path) => !ownFolders.includes(path));
  const all = [...of('own', ownFolders), ...of('hide', covers), ...of('show', [...readable, workspace, ...writable])];
  return all.toSorted((one, other) => depth(one.path) - depth(other.path));
}

function depth(path: string): number {
  return path.split('/').length;
}
