import { access, constants, mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { messageOf, removeTree } from '../../kit/index.ts';
import { writeLockfile } from '../../spack/index.ts';
import type { BuildRequest } from '../builder.ts';
import { builderError } from '../errors.ts';
import type { NamespaceView } from '../recipes/namespace.ts';
import { installerChoice } from './installer-choice.ts';
import { isolatedEnvironment, jobFolders } from './isolated-environment.ts';
import { withCompilers } from './known-compilers.ts';
import { removeBinaryMirrors } from './source-mirrors.ts';
import type { SpackProgram } from './spack-program.ts';
import type { SpackSession } from './spack-session.ts';
import { readStoreLayout, type StoreLayout } from './store-layout.ts';

export interface BuildSettings {
  readonly spack: SpackProgram;
  readonly variables: Readonly<Record<string, string>>;
  readonly cacheFolder: string;
  /** The user's scope where this program gave Spack one. */
  readonly ownScope: string;
  readonly storeRoot: string;
  /** Whether a namespace can put the store in place; otherwise it is a folder of the cache, whatever is configured. */
  readonly namespaces: boolean;
  /** Milliseconds, from any start. */
  readonly now: () => number;
}

/** What one build works with: a copy of the environment with its lock, and a store. All is below the scratch folder. */
export interface BuildSetup {
  readonly session: SpackSession;
  /** Configuration for every command, as for `spack -c`. */
  readonly settings: readonly string[];
  readonly layout: StoreLayout;
  readonly stage: string;
  /** Where a path of the store is on this disk. */
  readonly onDisk: (path: string) => string;
  /** Undefined where the store is a folder of the cache, which jobs share. */
  readonly view?: NamespaceView;
}

export async function openBuildSetup(request: BuildRequest, settings: BuildSettings): Promise<BuildSetup> {
  const { log, signal } = request;
  const scratch = resolve(request.scratch);
  const { spack, variables, cacheFolder } = settings;
  const place = (name: string) => join(scratch, name);
  const [stage, store, root] = [place('stage'), place('store'), place('root')];
  // Some packages write into the home of whoever builds them, which here is nobody's.
  const own = { ...variables, HOME: place('home') };
  await removeTree(scratch);
  for (const folder of [stage, store, root, own.HOME]) await mkdir(folder, { recursive: true });
  // Spack 1.x makes it at its start; beside the store, which the namespace mounts, nothing can be made.
  const userCache = variables['SPACK_USER_CACHE_PATH'];
  if (userCache !== undefined) await mkdir(userCache, { recursive: true });
  const folders = jobFolders({ scratch, cacheFolder });
  const inCache = { install_tree: { root: join(resolve(cacheFolder), 'store') } };
  const config = { ...folders, ...(settings.namespaces ? {} : inCache) };
  const environment = await isolatedEnvironment(request.environment, place('view'), config);
  await removeBinaryMirrors(join(environment, 'spack.yaml'));
  await writeFile(join(environment, 'spack.lock'), writeLockfile(request.lock));
  const { ownScope } = settings;
  const start: SpackSession = { spack, variables: own, environment, workFolder: scratch, log, signal };
  const session = await withCompilers(start, { folders, ownScope });
  const choices = await installerChoice(spack);
  const { layout, options } = await layoutOutsideOfSpack(session, { choices, storeRoot: settings.storeRoot });
  if (!settings.namespaces) {
    log(`No namespaces on this machine: packages are installed in ${layout.unpaddedRoot}`);
    await requireWritable(layout.unpaddedRoot);
    return { session, settings: options, layout, stage, onDisk: (path) => path };
  }
  const target = layout.unpaddedRoot;
  if (`${scratch}/`.startsWith(`${target}/`))
    throw builderError('BUILD_SCRATCH_INSIDE_STORE', { scratch, storeRoot: target });
  const onDisk = (path: string) => (`${path}/`.startsWith(`${target}/`) ? store + path.slice(target.length) : path);
  const view = { root, store, target, workFolder: scratch };
  return { session, settings: options, layout, stage, onDisk, view };
}

async function requireWritable(storeRoot: string): Promise<void> {
  try {
    await mkdir(storeRoot, { recursive: true });
    await access(storeRoot, constants.W_OK);
  } catch (error) {
    throw builderError('BUILD_STORE_CLOSED', { storeRoot, reason: messageOf(error) }, { cause: error });
  }
}

/** Spack's default store is inside of itself, which would be part of every prefix and hides it from the namespace. */
async function layoutOutsideOfSpack(
  session: SpackSession,
  { choices, storeRoot }: { choices: readonly string[]; storeRoot: string },
): Promise<{ layout: StoreLayout; options: readonly string[] }> {
  const layout = await readStoreLayout(session, choices);
  if (!layout.unpaddedRoot.startsWith(`${layout.spackPrefix}/`)) return { layout, options: choices };
  const options = [...choices, `config:install_tree:root:${storeRoot}`];
  return { layout: await readStoreLayout(session, options), options };
}
