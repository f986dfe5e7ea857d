import { mkdir, mkdtemp, readdir, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { removeFolder } from './remove-folder.ts';

/**
 * Puts an overlay over the root file system in a mount namespace of its own, makes it the root, and runs a command
 * there. Only what is below the folder `$1` is written where it is; all else goes to `$1/upper`.
 */
const enterOverlay = `
set -eu
folder=$1
shift
mount --make-rprivate /
mkdir "$folder/upper" "$folder/work" "$folder/root" "$folder/old"
mount -t overlay -o "lowerdir=/,upperdir=$folder/upper,workdir=$folder/work" overlay "$folder/root"
for name in proc sys dev; do mount --rbind "/$name" "$folder/root/$name"; done
mount --bind "$folder" "$folder/root$folder"
cd "$folder/root"
pivot_root . ".$folder/old"
cd /
umount -l "$folder/old"
exec "$@"
`;

export interface RecordedRun {
  readonly failed: boolean;
  readonly output: string;
  /** Absolute paths of what the command wrote, created or removed and left so, outside its own folder. */
  readonly changes: readonly string[];
}

/** Whether this machine lets an overlay become the root file system: for root, where the kernel has overlays. */
export async function canRecordRoot(): Promise<boolean> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  return runRecorded(['true'], { cwd: '/', env: {} }).then(
    ({ failed }) => !failed,
    () => false,
  );
}

export interface RecordedOptions {
  readonly cwd: string;
  /** Over the environment of this process. */
  readonly env: Readonly<Record<string, string>>;
  /** Name of the variable that gives the command the folder in which changes are not recorded. */
  readonly folderVariable?: string;
}

/** Runs a command on the machine's file system, which stays as it is, and lists what the command would have changed. */
export async function runRecorded(words: readonly string[], options: RecordedOptions): Promise<RecordedRun> {
  const { cwd, env, folderVariable } = options;
  const folder = await mkdtemp(join(tmpdir(), 'slipway-recorded-'));
  const own = join(folder, 'own');
  await mkdir(own);
  try {
    const shell = ['--mount', '--', 'sh', '-c', enterOverlay, 'overlay', folder, 'env', '-C', cwd, ...words];
    const { failed, all } = await execa('unshare', shell, {
      env: { ...env, ...(folderVariable === undefined ? {} : { [folderVariable]: own }) },
      all: true,
      reject: false,
    });
    const changes = (await changesBelow(join(folder, 'upper'))).filter((path) => !path.startsWith(`${folder}/`));
    return { failed, output: all, changes };
  } finally {
    await removeFolder(folder);
  }
}

/**
 * Files of an overlay's upper folder, removals included, and folders that are new. A folder that was there before is in
 * it as soon as anything in it was created, even if that has been removed again.
 */
async function changesBelow(upper: string): Promise<readonly string[]> {
  const entries = await readdir(upper, { withFileTypes: true, recursive: true }).catch(() => []);
  const paths = entries.map(async (entry) => {
    const path = join(entry.parentPath, entry.name).slice(upper.length);
    return entry.isDirectory() && (await isFolder(path)) ? [] : [path];
  });
  return (await Promise.all(paths)).flat().toSorted();
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true;
}
