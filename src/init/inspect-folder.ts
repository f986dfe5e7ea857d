import { readFile, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { readGit } from '../kit/index.ts';

/** The build systems that a recipe is written for. */
export type BuildSystem = 'make' | 'cmake' | 'configure' | 'meson' | 'cc';

/** Facts about a folder that matter for setting it up. Paths are relative to it. */
export interface FolderFacts {
  readonly folder: string;
  /** Derived from the folder's name: small letters, digits and hyphens, at least three. */
  readonly name: string;
  readonly branch: string;
  /** Folder of a `spack.yaml`, `.` for the top. */
  readonly environment?: string;
  readonly dockerfile?: string;
  /** Text of `.gitlab-ci.yml`, if it generates jobs with Spack. */
  readonly gitlabCi?: string;
  /** Folder of a repository of Spack recipes, with the names of its packages. */
  readonly recipes?: { readonly folder: string; readonly packages: readonly string[] };
  /** A single `package.py` that is in no repository of recipes. */
  readonly packageFile?: { readonly path: string; readonly name: string };
  readonly sources?: SourceFacts;
  /** Text of `.gitignore`, if there is one. */
  readonly gitignore?: string;
}

export interface SourceFacts {
  readonly buildSystem: BuildSystem;
  /** Patterns of the names at the top that are the source. */
  readonly files: readonly string[];
  /** The program that the build makes, if a file names it. */
  readonly program?: string;
  /** Whether the Makefile has a target `install`. */
  readonly installs: boolean;
}

/** The folder of an environment is a word of scripts. */
const PLAIN_NAME = /^[\w+][\w+.-]*$/;
const GENERATED = /^(?:node_modules|slipway-data|jobs_scratch_dir)$/;

/** Reads a folder. Of its subfolders only the first level is searched for environments. */
export async function inspectFolder(folder: string): Promise<FolderFacts> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.map(({ name }) => name).toSorted();
  const folders = entries.filter((one) => one.isDirectory() && !one.name.startsWith('.')).map(({ name }) => name);
  const read = (path: string) => readFile(join(folder, path), 'utf8').catch(() => undefined);
  const places = ['.', ...folders.filter((name) => PLAIN_NAME.test(name) && !GENERATED.test(name))];
  const first = async (paths: readonly string[]) => {
    for (const path of paths) if ((await read(path)) !== undefined) return path;
    return undefined;
  };
  const environmentFile = await first(places.map((place) => join(place, 'spack.yaml')));
  const gitlabCi = await read('.gitlab-ci.yml');
  const isSpackCi = /\b(?:spack\s.*\bci\s+(?:generate|start|rebuild)|slipway\s+generate)\b/.test(gitlabCi ?? '');
  const branch = await readGit(folder, ['symbolic-ref', '--short', 'HEAD']);
  const recipes = await findRecipes(folder, places);
  return {
    folder,
    name: stackName(basename(folder)),
    branch: branch?.trim() || 'main',
    environment: environmentFile === undefined ? undefined : join(environmentFile, '..'),
    dockerfile: await first(['docker/Dockerfile', 'Dockerfile']),
    gitlabCi: isSpackCi ? gitlabCi : undefined,
    recipes,
    packageFile: recipes === undefined ? await findPackage(read) : undefined,
    sources: await findSources(names, { folders, read }),
    gitignore: await read('.gitignore'),
  };
}

/** `My_Tool` → `my-tool`; a name of a stack has 3 to 63 characters. */
export function stackName(text: string): string {
  const plain = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 50);
  return plain.length >= 3 ? plain : `${plain || 'my'}-stack`;
}

type Read = (path: string) => Promise<string | undefined>;

async function findRecipes(folder: string, places: readonly string[]): Promise<FolderFacts['recipes']> {
  for (const place of places) {
    const listed = await readdir(join(folder, place, 'packages'), { withFileTypes: true }).catch(() => []);
    const text = await readFile(join(folder, place, 'repo.yaml'), 'utf8').catch(() => undefined);
    const packages = listed.filter((one) => one.isDirectory()).map(({ name }) => name.replaceAll('_', '-'));
    if (text !== undefined && packages.length > 0) return { folder: place, packages: packages.toSorted() };
  }
  return undefined;
}

/** Spack derives a package's name from its class: `NetlibLapack` is `netlib-lapack`. */
async function findPackage(read: Read): Promise<FolderFacts['packageFile']> {
  for (const path of ['package.py', 'spack/package.py']) {
    const name = /^class\s+(\w+)\s*\(/m.exec((await read(path)) ?? '')?.[1];
    if (name === undefined) continue;
    const words = name.replace(/^_/, '').replaceAll(/([a-z0-9])([A-Z])|([A-Z])([A-Z][a-z])/g, '$1$3-$2$4');
    return { path, name: words.toLowerCase() };
  }
  return undefined;
}

const buildFiles: readonly (readonly [string, BuildSystem])[] = [
  ['CMakeLists.txt', 'cmake'],
  ['meson.build', 'meson'],
  ['configure', 'configure'],
  ['GNUmakefile', 'make'],
  ['Makefile', 'make'],
  ['makefile', 'make'],
];
const sourceSuffix = /\.(?:c|h|cc|cpp|cxx|hh|hpp|hxx|f|f90|F90|s|S|in|am|ac|m4|cmake)$/;
/** Belongs to the repository, not to the program. */
const besides =
  /^(?:slipway.*|spack\..*|recipes|docs?|README.*|LICEN[CS]E.*|CHANGELOG.*|CONTRIBUTING.*|jobs_scratch_dir|build)$/i;

async function findSources(
  names: readonly string[],
  { folders, read }: { readonly folders: readonly string[]; readonly read: Read },
): Promise<SourceFacts | undefined> {
  const [buildFile, found] = buildFiles.find(([name]) => names.includes(name)) ?? [];
  const suffixes = names.flatMap((name) => sourceSuffix.exec(name)?.[0] ?? []);
  const buildSystem = found ?? (suffixes.includes('.c') ? 'cc' : undefined);
  if (buildSystem === undefined) return undefined;
  const patterns = [...new Set(suffixes.map((suffix) => `*${suffix}`))];
  const own = folders.filter((name) => !besides.test(name));
  const text = (buildFile === undefined ? undefined : await read(buildFile)) ?? '';
  const files = [...(buildFile === undefined ? [] : [buildFile]), ...patterns, ...own];
  return { buildSystem, files, program: programIn(text, buildSystem), installs: /^install\s*:/m.test(text) };
}

/** The program that a build file names: the first target of `all`, or what CMake's `add_executable` makes. */
function programIn(text: string, buildSystem: BuildSystem): string | undefined {
  if (buildSystem === 'cmake') return /add_executable\s*\(\s*([\w.+-]+)/i.exec(text)?.[1];
  if (buildSystem === 'meson') return /\bexecutable\s*\(\s*'([\w.+-]+)'/.exec(text)?.[1];
  if (buildSystem !== 'make') return undefined;
  const all = /^all\s*:\s*(\S+)/m.exec(text)?.[1];
  const variable = /^\$[({](\w+)[)}]$/.exec(all ?? '')?.[1];
  const value = variable && new RegExp(`^${variable}\\s*[:?]?=\\s*([\\w.+-]+)\\s*$`, 'm').exec(text)?.[1];
  if (all !== undefined) return variable === undefined ? all : value;
  return /^(?!all\b|install\b|clean\b|check\b|test\b)([A-Za-z][\w+-]*)\s*:(?!=)/m.exec(text)?.[1];
}
