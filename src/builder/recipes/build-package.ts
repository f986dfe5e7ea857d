import { mkdir, mkdtemp, readdir, rename } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { exists, removeTree } from '../../kit/index.ts';
import { packageTitle, type SpecNode } from '../../spack/index.ts';
import type { BuildRequest, BuildResult } from '../builder.ts';
import { builderError } from '../errors.ts';
import { storeMarks } from '../store-marks.ts';
import { resolveEnvironment } from './lock-environment.ts';
import { namespaceInvocation } from './namespace.ts';
import { packageHash } from './package-hash.ts';
import { buildClosure, prefixName, prefixOf, runtimePrefixes, storeRootOf } from './prefixes.ts';
import type { LoadedRecipe, Source } from './recipe.ts';
import { runEnvironmentOf } from './recipe-environment.ts';
import type { ResolvedPackage } from './resolve.ts';
import { runStep, stepScript } from './run-step.ts';
import { placeSource } from './source-tree.ts';
import { stepEnvironment } from './step-environment.ts';

interface BuildSettings {
  /** Search path for the system's programs. */
  readonly path: string;
  readonly cacheFolder: string;
  /** Whether a namespace can mount the store; otherwise prefixes are written in place. */
  readonly namespaces: boolean;
  /** The only store that is written in place. */
  readonly fallbackStore: string;
}

/** Folders of one build. All are in the scratch folder, but for the store where there are no namespaces. */
interface BuildSetup {
  readonly scratch: string;
  readonly store: string;
  readonly root: string;
  readonly sourceFolder: string;
}

/** Builds one package of a lock. Whatever goes wrong, no prefix is left. */
export async function buildFromRecipe(request: BuildRequest, settings: BuildSettings): Promise<BuildResult> {
  const started = performance.now();
  const node = request.lock.nodes.get(request.hash);
  if (node === undefined) throw builderError('BUILD_NOT_IN_LOCK', { hash: request.hash });
  const resolved = await matchingRecipe(request, node);
  const setup = await openBuildSetup(request, { node, source: resolved.source }, settings);
  const folder = join(setup.store, prefixName(node));
  const marks = storeMarks(setup.store);
  try {
    await marks.remove(node.hash);
    const dependencies = buildClosure(request.lock, node);
    await placeDependencies(request, dependencies, setup.store);
    await removeTree(folder);
    await mkdir(folder);
    await runSteps(request, { node, dependencies, loaded: resolved.loaded, setup, settings });
    await requireFiles(folder, node);
    await marks.add(node.hash);
  } catch (error) {
    await removeTree(folder);
    throw error;
  }
  const { environment } = resolved.loaded.recipe;
  return {
    folder,
    prefix: prefixOf(node),
    prefixes: runtimePrefixes(request.lock, node),
    seconds: (performance.now() - started) / 1000,
    environment: environment && runEnvironmentOf(environment, node),
  };
}

/** Returns the current recipe, which must be the locked one. */
async function matchingRecipe(request: BuildRequest, node: SpecNode): Promise<ResolvedPackage> {
  const { packages } = await resolveEnvironment(request.environment);
  const found = packages.find((one) => one.name === node.name && one.version === node.version);
  const actual =
    found === undefined ? 'none: no such package is resolved' : await packageHash(found, request.environment);
  if (found === undefined || actual !== node.package_hash) {
    const details = { package: node.name, actual, expected: node.package_hash };
    throw builderError('BUILD_RECIPE_CHANGED', details);
  }
  return found;
}

async function openBuildSetup(
  request: BuildRequest,
  { node, source }: { readonly node: SpecNode; readonly source: Source | undefined },
  settings: BuildSettings,
): Promise<BuildSetup> {
  const scratch = resolve(request.scratch);
  const storeRoot = storeRootOf(node);
  if (`${scratch}/`.startsWith(`${storeRoot}/`))
    throw builderError('BUILD_SCRATCH_INSIDE_STORE', { scratch, storeRoot });
  for (const name of ['home', 'tmp', 'root', 'source']) {
    await removeTree(join(scratch, name));
    await mkdir(join(scratch, name), { recursive: true });
  }
  if (!settings.namespaces && storeRoot !== settings.fallbackStore)
    throw builderError('BUILD_NAMESPACES_MISSING', { storeRoot });
  if (!settings.namespaces)
    request.log(`no namespaces on this machine: the prefix is written where it is, in ${storeRoot}`);
  const store = settings.namespaces ? join(scratch, 'store') : storeRoot;
  await mkdir(store, { recursive: true });
  const sourceFolder = await placeSource({ name: node.name, source }, join(scratch, 'source'), {
    ...settings,
    ...request,
  });
  return { scratch, store, root: join(scratch, 'root'), sourceFolder };
}

/** Fetches each missing dependency into a folder beside its prefix and renames it, so that no prefix is incomplete. */
async function placeDependencies(
  request: BuildRequest,
  dependencies: readonly SpecNode[],
  store: string,
): Promise<void> {
  const marks = storeMarks(store);
  for (const node of dependencies) {
    const folder = join(store, prefixName(node));
    if (node.external !== undefined || ((await marks.has(node.hash)) && (await exists(folder)))) continue;
    await removeTree(folder);
    request.log(`dependency ${packageTitle(node)}`);
    const beside = await mkdtemp(join(store, '.fetch-'));
    try {
      await request.fetchDependency(node, join(beside, 'prefix'));
      await rename(join(beside, 'prefix'), folder);
      await marks.add(node.hash);
    } finally {
      await removeTree(beside);
    }
  }
}

interface StepsOptions {
  readonly node: SpecNode;
  readonly dependencies: readonly SpecNode[];
  readonly loaded: LoadedRecipe;
  readonly setup: BuildSetup;
  readonly settings: BuildSettings;
}

async function runSteps(request: BuildRequest, options: StepsOptions): Promise<void> {
  const { node, dependencies, loaded, setup, settings } = options;
  const { recipe, source } = loaded;
  const { sourceFolder: workFolder } = setup;
  const { jobs, log, signal } = request;
  const jobserver = Object.hasOwn(recipe.env, 'MAKEFLAGS') ? undefined : request.jobserver;
  const environment = stepEnvironment({ ...setup, node, dependencies, jobs, path: settings.path, extra: recipe.env });
  const steps = { build: recipe.build, install: recipe.install, test: request.runTests ? recipe.test : undefined };
  for (const name of ['build', 'install', 'test'] as const) {
    const commands = steps[name];
    if (commands === undefined) continue;
    log(`${node.name}@${node.version}: ${name}`);
    const command = ['sh', '-c', stepScript(commands)];
    const view = { root: setup.root, store: setup.store, target: storeRootOf(node), workFolder };
    const invocation = settings.namespaces
      ? namespaceInvocation(view, command)
      : { program: 'sh', args: command.slice(1) };
    const { line, column } = source.locate([name]);
    const position = `${source.file}:${line}:${column}`;
    const step = { package: node.name, name, commands, position, invocation };
    await runStep({ ...step, workFolder, environment, jobserver, log, signal });
  }
}

async function requireFiles(folder: string, node: SpecNode): Promise<void> {
  const details = { package: node.name, prefix: prefixOf(node), recipe: `recipes/${node.name}.yaml` };
  const names = await readdir(folder).catch(() => []);
  if (names.length === 0) throw builderError('BUILD_NOTHING_INSTALLED', details);
}
