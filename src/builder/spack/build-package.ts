import { join } from 'node:path';
import { closure, dependenciesOf, nodeOf, type Lockfile, type SpecNode } from '../../spack/index.ts';
import type { BuildRequest, BuildResult, TestResult } from '../builder.ts';
import { builderError } from '../errors.ts';
import { pathExists, storeMarks } from '../store-marks.ts';
import { requireSpackParts } from './check-parts.ts';
import { classifyFailure, remedyFor, type BuildFailure } from './failure-class.ts';
import { placeDependencies, removePackage } from './place-dependencies.ts';
import { spackCommand } from './spack-session.ts';
import { readRunEnvironment } from './run-environment.ts';
import { keepLogs } from './stage-logs.ts';
import type { StoreLayout } from './store-layout.ts';
import { openBuildSetup, type BuildSettings, type BuildSetup } from './build-setup.ts';

/**
 * Builds one package of a lock with Spack, or leaves no prefix. Its dependencies are put in place from the mirror,
 * checked, before Spack starts, and made known to its database: it builds this one package and fetches no binary.
 */
export async function buildWithSpack(request: BuildRequest, settings: BuildSettings): Promise<BuildResult> {
  const started = settings.now();
  const node = nodeOf(request.lock, request.hash);
  const { spack, variables } = settings;
  await requireSpackParts({ spack, variables, environment: request.environment }, request.log);
  const setup = await openBuildSetup(request, settings);
  const { layout } = setup;
  await placeDependencies(request, { node, setup, time: started / 1000 });
  try {
    await install(request, { node, setup });
    await requireInstalled(node, setup);
    const tests = request.runTests ? await runTests(request, setup) : undefined;
    const prefix = layout.prefixes[node.hash] ?? '';
    const environment = await readRunEnvironment(setup, node.hash);
    return {
      folder: setup.onDisk(prefix),
      prefix,
      prefixes: relocatablePrefixes(request.lock, { node, layout }),
      seconds: Math.max(0, settings.now() - started) / 1000,
      environment,
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
  if (!(await pathExists(onDisk(prefix))))
    throw builderError('SPACK_INSTALLED_NOTHING', { package: `${node.name}@${node.version}`, prefix });
  await storeMarks(onDisk(layout.root)).add(node.hash);
}

interface Attempt {
  readonly node: SpecNode;
  readonly setup: BuildSetup;
}

/** Builds it; once more where the class of the failure says that the same may succeed now, or with less at a time. */
async function install(request: BuildRequest, attempt: Attempt): Promise<void> {
  const failure = await tryInstall(request, attempt, request.jobs);
  if (failure === undefined) return;
  const jobs = failure.class === 'out-of-memory' ? 1 : request.jobs;
  const isHopeful =
    failure.isTransient && failure.class !== 'disk' && !(failure.class === 'out-of-memory' && request.jobs === 1);
  if (!isHopeful) throw buildError(attempt.node, failure);
  request.log(`Failed [${failure.class}]: ${failure.reason}`);
  request.log(`Such a failure may pass: trying once more, with ${jobs} ${jobs === 1 ? 'job' : 'jobs'}`);
  const again = await tryInstall(request, attempt, jobs);
  if (again !== undefined) throw buildError(attempt.node, again);
}

async function tryInstall(
  request: BuildRequest,
  { setup: { session, settings, view } }: Attempt,
  jobs: number,
): Promise<BuildFailure | undefined> {
  const words = ['install', '--verbose', '--only=package', '--no-cache', '--keep-stage'];
  const end = await spackCommand(session, [...words, '-j', String(jobs), `/${request.hash}`], { settings, view });
  request.signal?.throwIfAborted();
  return end.code === 0 ? undefined : classifyFailure(end);
}

/** The package's stand-alone tests, as `spack ci rebuild --tests` runs them: they decide nothing about the build. */
async function runTests(request: BuildRequest, { session, settings, view, stage }: BuildSetup): Promise<TestResult> {
  const report = ['--log-format', 'junit', '--log-file', join(stage, 'ci-test-results.xml')];
  const command = ['test', 'run', ...report, `/${request.hash}`];
  const end = await spackCommand(session, command, { settings, view });
  request.signal?.throwIfAborted();
  if (end.code === 0) return { passed: true };
  const { reason } = classifyFailure({ ...end, phase: 'test' });
  request.log(`The package's own tests failed [test]: ${reason}`);
  return { passed: false, reason };
}

/** What Spack's own metadata lists: the package, all that it links, and what it runs directly. */
function relocatablePrefixes(
  lock: Lockfile,
  { node, layout }: { node: SpecNode; layout: StoreLayout },
): ReadonlyMap<string, string> {
  const hashes = [...closure(lock, [node.hash], ['link']), ...dependenciesOf(node, ['run']).map((one) => one.hash)];
  const nodes = [...new Set(hashes)].map((hash) => nodeOf(lock, hash)).filter((one) => one.external === undefined);
  return new Map(nodes.map((one) => [one.hash, layout.prefixes[one.hash] ?? '']));
}

function buildError(node: SpecNode, failure: BuildFailure) {
  const { phase, reason, isTransient } = failure;
  const name = `${node.name}@${node.version}`;
  return builderError('SPACK_BUILD_FAILED', {
    package: name,
    phase,
    class: failure.class,
    reason,
    remedy: remedyFor(failure),
    isTransient,
  });
}
