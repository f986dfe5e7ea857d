import { open, readdir, readlink, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { exists, isWithin } from '../../kit/index.ts';
import { isSystemPath } from './system-places.ts';

/** Names that lead to programs and tools. Only the operator's count, never a job's own. */
export interface ProgramSearch {
  /** Search paths, as in PATH. */
  readonly paths: readonly string[];
  /** Files and folders that configuration names. */
  readonly places: readonly string[];
  /** Home folders besides `/root` and those below `/home`. They are never shown whole. */
  readonly homes: readonly string[];
  /** What the server hides: nothing in it is shown. */
  readonly hidden: readonly string[];
}

export interface ProgramFolders {
  /** What a sandbox shows, read-only, besides the system. Some may not exist yet. */
  readonly readable: readonly string[];
  /** Credentials in these, which stay hidden. */
  readonly hidden: readonly string[];
  /** What was named and is not shown. */
  readonly refused: readonly string[];
}

/** Folders of credentials: nothing in them is shown. */
const secretFolders = new Set(['.ssh', '.gnupg', '.aws', '.azure', '.docker', '.kube', '.password-store', '.netrc']);

/** Files and folders that often hold credentials, where they are in a folder that is shown. */
const secretNames = [
  ...secretFolders,
  '.config',
  '.git-credentials',
  '.npmrc',
  '.pypirc',
  '.env',
  '.vault-token',
  'credentials',
  'credentials.toml',
];

const programFolder = /^(?:s?bin|condabin|shims|\.bin)$/;

/** What an installation has beside its programs. Without any of it, only the programs themselves are shown. */
const installed = ['lib', 'lib64', 'libexec', 'share', 'include', 'versions', 'conda-meta', 'pyvenv.cfg'];

/**
 * Returns the folders that jobs in a sandbox need to run the programs of a search path: where a folder of programs is
 * not the system's, or a link or a `#!` line in it leads outside of the system, its installation prefix (the parent of
 * `bin`), but never a home.
 */
export async function programFolders(search: ProgramSearch): Promise<ProgramFolders> {
  const readable = new Set<string>();
  const refused = new Set<string>();
  const show = async (place: string): Promise<void> => {
    ((await isPrivate(place, search)) ? refused : readable).add(place);
  };
  const showFolder = async (folder: string): Promise<void> => {
    if (await leadsOutside(folder)) await show(await prefixOf(folder, search));
  };
  const folders = search.paths.flatMap((path) => path.split(':')).filter((part) => part.startsWith('/'));
  const programs: string[] = [];
  for (const place of search.places.filter((one) => one.startsWith('/')).map((one) => resolve(one))) {
    const found = await stat(place).catch(() => undefined);
    const isProgram = found?.isFile() === true && (found.mode & 0o111) !== 0;
    if (isProgram) programs.push(place);
    else if (found !== undefined && (await leadsOutside(place))) await show(place);
  }
  for (const folder of new Set([...folders.map((one) => resolve(one)), ...programs.map((one) => dirname(one))])) {
    await showFolder(folder);
    for (const target of await targetsOutside(folder)) await showFolder(dirname(target));
  }
  const shown = [...readable].filter((path) => ![...readable].some((one) => one !== path && isWithin(path, one)));
  return { readable: shown, hidden: await secretsIn(shown), refused: [...refused] };
}

/** Names outside of the system, of the programs that links and scripts of a folder lead to. */
async function targetsOutside(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const targets: string[] = [];
  const isOutside = !isSystemPath(folder);
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isSymbolicLink()) targets.push(...(await linkSteps(path)));
    else if (isOutside && entry.isFile()) targets.push(...(await interpreterOf(path)));
  }
  return targets.filter((target) => !isSystemPath(target));
}

/** Each name on the way from a link to its end. */
async function linkSteps(link: string): Promise<readonly string[]> {
  const steps: string[] = [];
  for (let path = link; steps.length < 16;) {
    const target = await readlink(path).catch(() => undefined);
    if (target === undefined) break;
    path = resolve(dirname(path), target);
    steps.push(path);
  }
  const end = await realpath(link).catch(() => undefined);
  return end === undefined ? [] : [...steps, end];
}

async function interpreterOf(script: string): Promise<readonly string[]> {
  const file = await open(script).catch(() => undefined);
  if (file === undefined) return [];
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(256), 0, 256, 0);
    const found = /^#!\s*(\/\S+)/.exec(buffer.toString('latin1', 0, bytesRead))?.[1];
    return found === undefined ? [] : [found, ...(await linkSteps(found))];
  } finally {
    await file.close();
  }
}

/** The installation that a folder of programs belongs to, or the folder itself. */
async function prefixOf(folder: string, search: ProgramSearch): Promise<string> {
  const prefix = dirname(folder);
  if (!programFolder.test(basename(folder)) || basename(prefix) === '.local' || (await isPrivate(prefix, search)))
    return folder;
  const found = await Promise.all(installed.map((name) => exists(join(prefix, name))));
  return found.includes(true) ? prefix : folder;
}

/** Folders that hold more than one thing, and are never shown whole. */
const SHARED = new Set([
  '/',
  '/boot',
  '/etc',
  '/mnt',
  '/media',
  '/opt',
  '/run',
  '/srv',
  '/sys',
  '/tmp',
  '/var',
  '/var/tmp',
]);

/** A home, what is around one, what holds many other things, and what holds credentials or is the server's own. */
async function isPrivate(place: string, { homes, hidden }: ProgramSearch): Promise<boolean> {
  const names = [place, await realpath(place).catch(() => place)];
  return names.some((name) => {
    const isHome = dirname(name) === '/home' || ['/home', '/root', ...homes].some((home) => isWithin(home, name));
    const isSecret = name.split('/').some((part) => secretFolders.has(part));
    return isHome || isSecret || SHARED.has(name) || hidden.some((one) => isWithin(name, one));
  });
}

async function leadsOutside(path: string): Promise<boolean> {
  return !isSystemPath(path) || !isSystemPath(await realpath(path).catch(() => path));
}

async function secretsIn(places: readonly string[]): Promise<readonly string[]> {
  const names = places.flatMap((place) => secretNames.map((name) => join(place, name)));
  const found = await Promise.all(names.map(async (path) => ((await exists(path)) ? [path] : [])));
  return found.flat();
}
