import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';

/** A real Spack with folders of its own: nothing of the user's, nothing that it would download. */
export interface SpackLab {
  readonly version: string;
  /** The variables with which it is this lab's. */
  readonly env: Readonly<Record<string, string>>;
  /** Runs a command of Spack's; throws with its output when it fails. */
  spack(...words: readonly string[]): Promise<string>;
  /** The same, without throwing. */
  trySpack(...words: readonly string[]): Promise<{ failed: boolean; output: string }>;
  /** The same Spack with more variables in its environment. */
  with(variables: Readonly<Record<string, string>>): SpackLab;
  /** Writes one of its configuration files. */
  configure(file: string, text: string): Promise<void>;
}

export interface LabOptions {
  readonly root: string;
  readonly folder: string;
  /** Where packages are installed; a store that is to take binaries of another must have no longer path. */
  readonly store: string;
  /**
   * Folder of a lab of the same Spack, whose compilers and caches this one begins with; by default the shared
   * template's.
   */
  readonly like?: string;
  /** Pads the store's path to this many characters, as `config:install_tree:padded_length` does. */
  readonly paddedLength?: number;
}

/** Roots of the Spacks to drive, each with its version: `SLIPWAY_TEST_SPACK` (several, with `:`) or `SPACK_ROOT`. */
export async function findSpacks(environment = process.env): Promise<readonly { root: string; version: string }[]> {
  const given = environment.SLIPWAY_TEST_SPACK ?? environment.SPACK_ROOT ?? '';
  const found = [];
  for (const root of given.split(':').filter((one) => one !== '')) {
    const source = await readFile(join(root, 'lib/spack/spack/__init__.py'), 'utf8').catch(() => '');
    const version = /^(?:__version__|spack_version) = "([^"]+)"/m.exec(source)?.[1];
    if (version === undefined) process.stderr.write(`skipped: there is no Spack in ${root}\n`);
    else found.push({ root, version });
  }
  if (found.length === 0) process.stderr.write('skipped: neither SLIPWAY_TEST_SPACK nor SPACK_ROOT names a Spack\n');
  return found;
}

/** Spack 1.x keeps the recipes apart: `SLIPWAY_TEST_SPACK_PACKAGES` is where they were cloned. */
export function builtinRecipes(environment = process.env): string | undefined {
  const given = environment.SLIPWAY_TEST_SPACK_PACKAGES;
  return given === undefined ? undefined : join(given, 'repos/spack_repo/builtin');
}

/** Whether there are recipes for this Spack; prints a reason if there are none. */
export function readyToBuild({ root, version }: { readonly root: string; readonly version: string }): boolean {
  if (version.startsWith('0.') || builtinRecipes() !== undefined) return true;
  process.stderr.write(`skipped: ${root} needs SLIPWAY_TEST_SPACK_PACKAGES, the recipes of Spack ${version}\n`);
  return false;
}

/**
 * The packages of `test/fixtures/spack-lab`: `gauge` links `tide`, and `harbor` links it too and runs `gauge`. Their
 * compiler is the machine's own gcc.
 */
export async function spackLab(options: LabOptions): Promise<SpackLab> {
  const { root, folder, store, paddedLength } = options;
  const [{ version } = { version: '' }] = await findSpacks({ SPACK_ROOT: root });
  const like = options.like ?? templateOf(version);
  const [scope, recipes] = [join(folder, 'scope'), join(folder, 'recipes')];
  await mkdir(join(folder, 'gpg'), { recursive: true, mode: 0o700 });
  await mkdir(scope, { recursive: true });
  if (like !== undefined)
    for (const part of ['scope', 'misc', 'b'].filter((one) => existsSync(join(like, one))))
      await cp(join(like, part), join(folder, part), { recursive: true });
  await cp(join(import.meta.dirname, '../fixtures/spack-lab'), recipes, { recursive: true });
  // Sources that a machine without a way out has by other ways, as `_source-cache/archive/<2>/<sha256>.tar.gz`.
  const sources = process.env.SLIPWAY_TEST_SPACK_SOURCES;
  if (sources !== undefined) await cp(sources, join(folder, 'src'), { recursive: true });
  // Where Spack bootstraps, as for gpg, it reads no user's configuration: its indexes are in the default folder.
  await mkdir(join(folder, 'misc'), { recursive: true });
  await mkdir(join(folder, 'cache'), { recursive: true });
  if (!existsSync(join(folder, 'cache/cache'))) await symlink('../misc', join(folder, 'cache/cache'));
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: folder,
    // The user's scope, which Spack writes to; under SPACK_DISABLE_LOCAL_CONFIG it would write into its own folder.
    SPACK_USER_CONFIG_PATH: scope,
    SPACK_SYSTEM_CONFIG_PATH: join(folder, 'none'),
    SPACK_USER_CACHE_PATH: join(folder, 'cache'),
    SPACK_GNUPGHOME: join(folder, 'gpg'),
  };
  const lab = labWith({ root, version, scope }, env);
  await configureLab(lab, { folder, store, recipes, paddedLength });
  const isKnown = (await readdir(scope)).some((file) => file === 'compilers.yaml' || file === 'packages.yaml');
  if (!isKnown) await lab.spack('compiler', 'find', '--scope', 'user');
  return lab;
}

/** The lab that `test/support/spack-template.ts` created. */
function templateOf(version: string): string | undefined {
  const folder = process.env.SLIPWAY_TEST_SPACK_TEMPLATE;
  return folder === undefined ? undefined : join(folder, version);
}

/**
 * Gives a builder's cache folder (`cacheFolder`, or `spack` below SLIPWAY_CACHE) the indexes of recipes that a lab has.
 */
export async function warmCache({ env }: SpackLab, cacheFolder: string): Promise<void> {
  const misc = join(env.HOME ?? '', 'misc');
  if (existsSync(misc)) await cp(misc, join(cacheFolder, 'misc'), { recursive: true });
}

function labWith(
  known: { readonly root: string; readonly version: string; readonly scope: string },
  env: Readonly<Record<string, string>>,
): SpackLab {
  const trySpack = async (...words: readonly string[]) => {
    // Spack leaves reports in the current folder.
    const options = { env, extendEnv: false, all: true, reject: false, cwd: env.HOME } as const;
    const { failed, all } = await execa(join(known.root, 'bin/spack'), words, options);
    return { failed, output: all };
  };
  return {
    version: known.version,
    env,
    trySpack,
    spack: async (...words) => {
      const { failed, output } = await trySpack(...words);
      if (failed) throw new Error(`spack ${words.join(' ')}:\n${output}`);
      return output;
    },
    with: (variables) => labWith(known, { ...env, ...variables }),
    configure: (file, text) => writeFile(join(known.scope, file), text),
  };
}

interface LabPlaces {
  readonly folder: string;
  readonly store: string;
  readonly recipes: string;
  readonly paddedLength: number | undefined;
}

async function configureLab(lab: SpackLab, places: LabPlaces): Promise<void> {
  const { folder, store, recipes, paddedLength } = places;
  const folders = {
    build_stage: [join(folder, 'stage')],
    misc_cache: join(folder, 'misc'),
    source_cache: join(folder, 'src'),
  };
  const padding = paddedLength === undefined ? {} : { padded_length: paddedLength };
  const config = { install_tree: { root: store, ...padding }, ...folders, verify_ssl: false };
  await lab.configure('config.yaml', JSON.stringify({ config }));
  await lab.configure(
    'bootstrap.yaml',
    JSON.stringify({ bootstrap: { enable: true, root: join(folder, 'b'), sources: [] } }),
  );
  const builtin = builtinRecipes();
  const repos = lab.version.startsWith('0.') ? [recipes] : { lab: recipes, ...(builtin && { builtin }) };
  await lab.configure('repos.yaml', JSON.stringify({ repos }));
}

/** The prefix that the lab's Spack installed a package into. */
export async function installedPrefix(store: string, name: string): Promise<string | undefined> {
  const entries = await readdir(store, { recursive: true, withFileTypes: true });
  const found = entries.find((entry) => entry.isDirectory() && entry.name.startsWith(`${name}-`));
  return found === undefined ? undefined : join(found.parentPath, found.name);
}
