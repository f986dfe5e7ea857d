import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { exists } from '../../kit/index.ts';
import {
  closure,
  dependenciesOf,
  nodeOf,
  type Lockfile,
  type RunEnvironment,
  type SpecNode,
} from '../../spack/index.ts';
import type { BuildRequest, BuildResult, TestResult } from '../builder.ts';
import { builderError } from '../errors.ts';
import { storeMarks } from '../store-marks.ts';
import { requireSpackParts } from './check-parts.ts';
import { classifyFailure, remedyFor, type BuildFailure } from './failure-class.ts';
import { installPackage } from './install-package.ts';
import { placeDependencies, removePackage } from './place-dependencies.ts';
import { spackCommand } from './spack-session.ts';
import { keepLogs } from './stage-logs.ts';
import type { StoreLayout } from './store-layout.ts';
import { openBuildSetup, type BuildSettings, type BuildSetup } from './build-setup.ts';

/**
 * Builds one package of a lock with Spack, or leaves no prefix. Its dependencies are installed from the mirror,
 * verified, before Spack starts, and registered in its database: it builds this one package and fetches no binary.
 */
export async function buildWithSpack(request: BuildRequest, settings: BuildSettings): Promise<BuildResult> {
  await requireSpackParts({ ...settings, environment: request.environment }, request.log, { solves: false });
  const built = (await buildIn(request, settings)) ?? (await buildIn(request, settings));
  if (built !== undefined) return built;
  throw builderError('SPACK_FAILED', { what: 'describing its store', reason: 'its answers differ' });
}

/** Returns undefined if the store's layout is no longer the remembered one, which is forgotten then. */
async function buildIn(request: BuildRequest, settings: BuildSettings): Promise<BuildResult | undefined> {
  const started = performance.now();
  const node = nodeOf(request.lock, request.hash);
  const setup = await openBuildSetup(request, settings);
  const { layout } = setup;
  await placeDependencies(request, node, setup);
  try {
    const installed = await install(request, node, setup);
    if (installed === undefined) return undefined;
    await requireInstalled(node, setup);
    const tests = request.runTests ? await runTests(request, setup) : undefined;
    const prefix = layout.prefixes[node.hash] ?? '';
    return {
      folder: setup.onDisk(prefix),
      prefix,
      prefixes: relocatablePrefixes(request.lock, node, layout),
      seconds: (performance.now() - started) / 1000,
      environment: installed.environment,
      store: { root: layout.root, sbang: layout.sbang, spackPrefix: layout.spackPrefix },
      tests,
    };
  } catch (error) {
    await removePackage(setup, node);
    throw error;
  } finally {
    if (request.artifacts !== undefined) await keepLogs(setup.stage, request.artifacts);
  }
}

/** Spack may succeed without installing: a package that it knows from elsewhere, for example. */
async function requireInstalled(node: SpecNode, { layout, onDisk }: BuildSetup): Promise<void> {
  const prefix = layout.prefixes[node.hash] ?? '';
  if (!(await exists(onDisk(prefix))))
    throw builderError('SPACK_INSTALLED_NOTHING', { package: `${node.name}@${node.version}`, prefix });
  await storeMarks(onDisk(layout.root)).add(node.hash);
}

/** Builds it; once more if the class of the failure says that the same may succeed now, or with fewer jobs. */
async function install(
  request: BuildRequest,
  node: SpecNode,
  setup: BuildSetup,
): Promise<{ readonly environment?: RunEnvironment } | undefined> {
  const { hash, jobs, jobserver } = request;
  const first = await installPackage(setup, { hash, jobs, jobserver });
  if (first.done === 'layout-changed') return forgetLayout(setup);
  if (first.done === 'installed') return first;
  const { failure } = first;
  const fewer = failure.class === 'out-of-memory' ? 1 : jobs;
  const isHopeful =
    failure.isTransient && failure.class !== 'disk' && !(failure.class === 'out-of-memory' && jobs === 1);
  if (!isHopeful) throw buildError(node, failure);
  request.log(`Failed [${failure.class}]: ${failure.reason}`);
  request.log(`Such a failure may pass: trying once more, with ${fewer} ${fewer === 1 ? 'job' : 'jobs'}`);
  const again = await installPackage(setup, { hash, jobs: fewer, jobserver: fewer === jobs ? jobserver : undefined });
  if (again.done === 'layout-changed') return forgetLayout(setup);
  if (again.done === 'failed') throw buildError(node, again.failure);
  return again;
}

async function forgetLayout({ layoutFile }: BuildSetup): Promise<undefined> {
  if (layoutFile !== undefined) await rm(layoutFile, { force: true });
}

/** Runs the package's stand-alone tests, as `spack ci rebuild --tests` does: they do not affect the build. */
async function runTests(request: BuildRequest, { session, settings, view, stage }: BuildSetup): Promise<TestResult> {
  const report = ['--log-format', 'junit', '--log-file', join(stage, 'ci-test-results.xml')];
  // Without it Spack keeps to itself what each test ran and said, which reports are made of.
  const command = ['--verbose', 'test', 'run', ...report, `/${request.hash}`];
  const end = await spackCommand(session, command, { settings, view });
  request.signal?.throwIfAborted();
  if (end.code === 0) return { passed: true };
  const { reason } = classifyFailure({ ...end, phase: 'test' });
  request.log(`The package's own tests failed [test]: ${reason}`);
  return { passed: false, reason };
}

/** Returns the prefixes of Spack's own metadata: of the package, all that it links, and what it runs directly. */
function relocatablePrefixes(lock: Lockfile, node: SpecNode, layout: StoreLayout): ReadonlyMap<string, string> {
  const hashes = [...closure(lock, [node.hash], ['link']), ...dependenciesOf(node, ['run']).map((one) => one.hash)];
  const nodes = [...new Set(hashes)].map((hash) => nodeOf(lock, hash)).filter((one) => one.external === undefined);
  return new Map(nodes.map((one) => [one.hash, layout.prefixes[one.hash] ?? '']));
}

function buildError({ name, version }: SpecNode, failure: BuildFailure) {
  const details = { package: `${name}@${version}`, ...failure, remedy: remedyFor(failure) };
  return builderError('SPACK_BUILD_FAILED', details);
}
