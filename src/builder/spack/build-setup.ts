import { access, constants, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { messageOf, removeTree } from '../../kit/index.ts';
import { writeLockfile } from '../../spack/index.ts';
import type { BuildRequest } from '../builder.ts';
import { builderError } from '../errors.ts';
import type { NamespaceView } from '../recipes/namespace.ts';
import { isolatedEnvironment, jobFolders } from './isolated-environment.ts';
import { withCompilers } from './known-compilers.ts';
import { KnownLayouts, type KnownLayout } from './known-layout.ts';
import { removeBinaryMirrors } from './source-mirrors.ts';
import type { SpackProgram } from './spack-program.ts';
import type { SpackSession } from './spack-session.ts';
import { readStoreLayout, type StoreLayout } from './store-layout.ts';

export interface BuildSettings {
  readonly spack: SpackProgram;
  readonly variables: Readonly<Record<string, string>>;
  readonly cacheFolder: string;
  /** The user's scope if this program created it. */
  readonly ownScope: string;
  /** Whether a namespace can mount the store; otherwise it is a folder of the cache, whatever is configured. */
  readonly namespaces: boolean;
}

/** A copy of the environment with its lock, and a store, below the scratch folder of one build. */
export interface BuildSetup {
  readonly session: SpackSession;
  /** Configuration for every command, as for `spack -c`. */
  readonly settings: readonly string[];
  readonly layout: StoreLayout;
  /** Where the layout is remembered for later jobs. */
  readonly layoutFile?: string;
  readonly stage: string;
  /** Returns the path on this disk of a path in the store. */
  readonly onDisk: (path: string) => string;
  /** Undefined if the store is a folder of the cache, which jobs share. */
  readonly view?: NamespaceView;
}

export async function openBuildSetup(request: BuildRequest, settings: BuildSettings): Promise<BuildSetup> {
  const { log, signal } = request;
  const scratch = resolve(request.scratch);
  const { spack, variables, cacheFolder, namespaces, ownScope } = settings;
  const [stage, store, root, home] = ['stage', 'store', 'root', 'home'].map((name) => join(scratch, name)) as [
    string,
    string,
    string,
    string,
  ];
  // Some packages write into the home of the user that builds them.
  const own = { ...variables, HOME: home };
  await removeTree(scratch);
  for (const folder of [stage, store, root, home]) await mkdir(folder, { recursive: true });
  // Spack 1.x creates it at its start, which is impossible beside the store that the namespace mounts.
  const userCache = variables['SPACK_USER_CACHE_PATH'];
  if (userCache !== undefined) await mkdir(userCache, { recursive: true });
  const folders = jobFolders({ scratch, cacheFolder });
  const inCache = { install_tree: { root: join(resolve(cacheFolder), 'store') } };
  const config = { ...folders, ...(namespaces ? {} : inCache) };
  const adapted = { config, adapt: removeBinaryMirrors };
  const environment = await isolatedEnvironment(request.environment, join(scratch, 'view'), adapted);
  const lock = writeLockfile(request.lock);
  await writeFile(join(environment, 'spack.lock'), lock);
  const start: SpackSession = { spack, variables: own, environment, workFolder: scratch, log, signal };
  const session = await withCompilers(start, { folders, ownScope });
  const choices = await oldInstaller(spack.root);
  const input = { session, environment: request.environment, lock, namespaces };
  const known = await new KnownLayouts(cacheFolder).find(input, () => layoutOutsideOfSpack(session, choices));
  const { layout, file } = known;
  const options = storeOptions(choices, known.isInSpack);
  const target = layout.unpaddedRoot;
  if (!namespaces) {
    log(`No namespaces on this machine: packages are installed in ${target}`);
    await requireWritable(target);
    return { session, settings: options, layout, layoutFile: file, stage, onDisk: (path) => path };
  }
  if (`${scratch}/`.startsWith(`${target}/`))
    throw builderError('BUILD_SCRATCH_INSIDE_STORE', { scratch, storeRoot: target });
  const onDisk = (path: string) => (`${path}/`.startsWith(`${target}/`) ? store + path.slice(target.length) : path);
  const view = { root, store, target, workFolder: scratch };
  return { session, settings: options, layout, layoutFile: file, stage, onDisk, view };
}

/**
 * Configuration of Spack's first installer, if there is a choice: the second, of 1.2, waits for keys to be pressed, and
 * prints neither phases nor the output of a build.
 */
async function oldInstaller(root: string): Promise<readonly string[]> {
  const schema = await readFile(join(root, 'lib/spack/spack/schema/config.py'), 'utf8').catch(() => '');
  return /"installer":\s*\{[^}]*"old"/.test(schema) ? ['config:installer:old'] : [];
}

async function requireWritable(storeRoot: string): Promise<void> {
  try {
    await mkdir(storeRoot, { recursive: true });
    await access(storeRoot, constants.W_OK);
  } catch (error) {
    throw builderError('BUILD_STORE_CLOSED', { storeRoot, reason: messageOf(error) }, { cause: error });
  }
}

const defaultStore = '/opt/stack';

/** Spack's default store is inside of Spack, which would be part of every prefix and hidden by the namespace. */
async function layoutOutsideOfSpack(session: SpackSession, choices: readonly string[]): Promise<KnownLayout> {
  const layout = await readStoreLayout(session, choices);
  if (!layout.unpaddedRoot.startsWith(`${layout.spackPrefix}/`)) return { layout, isInSpack: false };
  return { layout: await readStoreLayout(session, storeOptions(choices, true)), isInSpack: true };
}

function storeOptions(choices: readonly string[], isInSpack: boolean): readonly string[] {
  return isInSpack ? [...choices, `config:install_tree:root:${defaultStore}`] : choices;
}
