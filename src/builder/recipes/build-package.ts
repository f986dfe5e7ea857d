import { mkdir, mkdtemp, readdir, rename } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { removeTree } from '../../kit/index.ts';
import { packageTitle, type SpecNode } from '../../spack/index.ts';
import type { BuildRequest, BuildResult } from '../builder.ts';
import { builderError } from '../errors.ts';
import { pathExists, storeMarks } from '../store-marks.ts';
import { resolveEnvironment } from './lock-environment.ts';
import { namespaceInvocation } from './namespace.ts';
import { packageHash } from './package-hash.ts';
import { buildClosure, prefixName, prefixOf, runtimePrefixes, storeRootOf } from './prefixes.ts';
import type { LoadedRecipe } from './recipe.ts';
import { runEnvironmentOf } from './recipe-environment.ts';
import type { ResolvedPackage } from './resolve.ts';
import { runStep } from './run-step.ts';
import { placeSource } from './source-tree.ts';
import { stepEnvironment } from './step-environment.ts';
import { stepScript } from './step-script.ts';

interface BuildSettings {
  /** Search path for the system's programs. */
  readonly path: string;
  readonly cacheFolder: string;
  /** Whether the prefix can be put in place by a namespace; otherwise it is written where it is. */
  readonly namespaces: boolean;
  /** The only store that is written in place. */
  readonly fallbackStore: string;
  /** Milliseconds, from any start. */
  readonly now: () => number;
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
  const started = settings.now();
  const node = request.lock.nodes.get(request.hash);
  if (node === undefined) throw builderError('BUILD_NOT_IN_LOCK', { hash: request.hash });
  const resolved = await matchingRecipe(request, node);
  const setup = await openBuildSetup(request, { node, resolved, settings });
  const folder = join(setup.store, prefixName(node));
  const marks = storeMarks(setup.store);
  try {
    await marks.remove(node.hash);
    const dependencies = buildClosure(request.lock, node);
    await placeDependencies(request, { dependencies, store: setup.store });
    await removeTree(folder);
    await mkdir(folder);
    await runSteps(request, { node, dependencies, loaded: resolved.loaded, setup, settings });
    await requireFiles(folder, node);
    await marks.add(node.hash);
  } catch (error) {
    await removeTree(folder);
    throw error;
  }
  const seconds = Math.max(0, settings.now() - started) / 1000;
  const { environment } = resolved.loaded.recipe;
  return {
    folder,
    prefix: prefixOf(node),
    prefixes: runtimePrefixes(request.lock, node),
    seconds,
    ...(environment === undefined ? {} : { environment: runEnvironmentOf(environment, node) }),
  };
}

/** The recipe as it is now, which must be the one that was locked. */
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

interface OpenOptions {
  readonly node: SpecNode;
  readonly resolved: ResolvedPackage;
  readonly settings: BuildSettings;
}

async function openBuildSetup(request: BuildRequest, options: OpenOptions): Promise<BuildSetup> {
  const { node, resolved, settings } = options;
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
  const { path, cacheFolder } = settings;
  const place = { environment: request.environment, path, cacheFolder, signal: request.signal };
  const sourceFolder = await placeSource({ name: node.name, source: resolved.source }, join(scratch, 'source'), place);
  return { scratch, store, root: join(scratch, 'root'), sourceFolder };
}

/** Fetches each missing dependency beside its place and renames it, so that a prefix is there whole or not at all. */
async function placeDependencies(
  request: BuildRequest,
  what: { dependencies: readonly SpecNode[]; store: string },
): Promise<void> {
  const marks = storeMarks(what.store);
  for (const node of what.dependencies) {
    const folder = join(what.store, prefixName(node));
    if (node.external !== undefined || ((await marks.has(node.hash)) && (await pathExists(folder)))) continue;
    await removeTree(folder);
    request.log(`dependency ${packageTitle(node)}`);
    const beside = await mkdtemp(join(what.store, '.fetch-'));
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
  const { scratch, sourceFolder: workFolder } = setup;
  const { path } = settings;
  const given = { node, dependencies, scratch, sourceFolder: workFolder, jobs: request.jobs, path, extra: recipe.env };
  const environment = stepEnvironment(given);
  const steps = { build: recipe.build, install: recipe.install, test: request.runTests ? recipe.test : undefined };
  for (const name of ['build', 'install', 'test'] as const) {
    const commands = steps[name];
    if (commands === undefined) continue;
    request.log(`${node.name}@${node.version}: ${name}`);
    const command = ['sh', '-c', stepScript(commands)];
    const view = { root: setup.root, store: setup.store, target: storeRootOf(node), workFolder };
    const invocation = settings.namespaces
      ? namespaceInvocation(view, command)
      : { program: 'sh', args: command.slice(1) };
    const { log, signal } = request;
    const { line, column } = source.locate([name]);
    const place = `${source.file}:${line}:${column}`;
    await runStep({ package: node.name, name, commands, place, invocation, workFolder, environment, log, signal });
  }
}

async function requireFiles(folder: string, node: SpecNode): Promise<void> {
  const details = { package: node.name, prefix: prefixOf(node), recipe: `recipes/${node.name}.yaml` };
  const names = await readdir(folder).catch(() => []);
  if (names.length === 0) throw builderError('BUILD_NOTHING_INSTALLED', details);
}
