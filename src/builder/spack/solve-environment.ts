import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { mergeLocks, readLockfile, type Lockfile } from '../../spack/index.ts';
import { builderError } from '../errors.ts';
import { rootsOfShare, type LockShare } from '../lock-share.ts';
import { readRoots, type EnvironmentRoots } from './environment-roots.ts';
import { knownRoots } from './known-roots.ts';
import { inScratchView, type ScratchRequest, type ScratchView } from './scratch-view.ts';
import { readSolveFault } from './solve-fault.ts';
import { solverPool } from './solver-pool.ts';
import { spackCommand, type SpackSession } from './spack-session.ts';

interface SolveRequest extends ScratchRequest {
  /** Digest of all that decides a root besides its own spec; undefined if that is not known. */
  readonly configuration: string | undefined;
  /** The text of the lock to begin with: Spack keeps the roots of it that the environment still has. */
  readonly start: string | undefined;
  /** The roots to concretize, by default all. */
  readonly share?: LockShare;
}

/**
 * Lets Spack concretize an environment, in folders of the job. Of roots that are independent of each other only those
 * are concretized that were not before under the same configuration: in an environment of their own, since Spack would
 * reuse the packages of the roots beside them. Joined, they are what Spack makes of all roots.
 */
export async function solveEnvironment(request: SolveRequest): Promise<Lockfile> {
  const { start, share, environment } = request;
  return inScratchView(request, start, async (view) => {
    const found = await readRoots(view.here);
    if (found?.isIndependent === true) return solveSeparately(request, view, found);
    if (share === undefined) return concretize(request, view.here, found);
    if (found === undefined)
      throw builderError('SPACK_FAILED', { what: `listing the roots of ${environment}`, reason: 'see the log' });
    view.here.log('The roots of the environment depend on each other: the first part has all of them');
    return share.part === 1 ? concretize(request, view.here, found) : noRoots;
  });
}

const noRoots: Lockfile = { lockfileVersion: 6, specfileVersion: 5, spack: {}, roots: [], nodes: new Map() };

async function solveSeparately(request: SolveRequest, view: ScratchView, found: EnvironmentRoots): Promise<Lockfile> {
  const { start, share } = request;
  const isBegun = start !== undefined;
  if (share === undefined) return isBegun ? concretize(request, view.here, found) : solveUnknown(request, view, found);
  // Spack may reuse the packages of the roots that it keeps, so that every part has these.
  const kept = new Set(isBegun ? readLockfile(start, 'the lock to begin with').roots.map(({ spec }) => spec) : []);
  const all = [...new Set(found.roots)];
  const unkept = all.filter((root) => !kept.has(root));
  const own = new Set(rootsOfShare(unkept, share));
  const roots = all.filter((root) => kept.has(root) || own.has(root));
  if (roots.length === 0) return noRoots;
  await view.copyWith(roots, start);
  const part = { ...found, roots };
  return isBegun ? concretize(request, view.here, part) : solveUnknown(request, view, part);
}

async function solveUnknown(
  request: SolveRequest,
  { here, copyWith }: ScratchView,
  found: EnvironmentRoots,
): Promise<Lockfile> {
  const { cacheFolder, configuration, share } = request;
  const { roots } = found;
  const known = await knownRoots(cacheFolder, configuration);
  const unknown = [...new Set(roots)].filter((root) => !known.has(root));
  const kept = roots.filter((root) => known.has(root));
  if (kept.length > 0) here.log(`Keeps ${kept.length} of ${roots.length} roots: nothing that decides them has changed`);
  if (kept.length > 0 && unknown.length > 0) await copyWith(unknown);
  const listed = roots.map((spec) => ({ spec }));
  if (unknown.length === 0) return mergeLocks([known.lock], listed);
  const made = await concretize(request, here, { ...found, roots: unknown });
  const named = new Set(made.roots.map(({ spec }) => spec));
  if (unknown.every((root) => named.has(root))) return mergeLocks([await known.add(made)], listed);
  // Spack prints a root in another way after it has read what it printed.
  if (kept.length === 0) return made;
  here.log('Solves all roots: Spack does not name them all as it lists them');
  await copyWith(share && roots);
  return concretize(request, here, found);
}

/** Milliseconds between lines while nothing else is printed. */
const SILENCE = 30_000;

/** Runs `spack concretize` in an environment, with as many solvers as there is memory for. */
async function concretize(
  request: SolveRequest,
  here: SpackSession & { readonly environment: string },
  found: EnvironmentRoots | undefined,
): Promise<Lockfile> {
  const words = ['concretize', ...(await poolOptions(here, found))];
  const end = await reportingTime(here, async () => spackCommand(here, words));
  here.signal?.throwIfAborted();
  if (end.code !== 0) throw await solveError(request, end.lines);
  return readLockfile(await readFile(join(here.environment, 'spack.lock'), 'utf8'), 'spack.lock', {
    checkHashes: true,
  });
}

/** Logs a line at intervals while work runs, because Spack prints nothing while it solves. */
async function reportingTime<T>({ log }: SpackSession, work: () => Promise<T>): Promise<T> {
  const started = performance.now();
  const report = () => log(`Concretizing: ${Math.round((performance.now() - started) / 1000)} s, waiting for Spack`);
  const timer = setInterval(report, SILENCE);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}

async function poolOptions({ log }: SpackSession, found: EnvironmentRoots | undefined): Promise<readonly string[]> {
  if (found?.isIndependent !== true || found.roots.length < 2) return [];
  const { processes, reason } = await solverPool({ roots: found.roots.length, jobs: found.jobs });
  log(`Runs at most ${processes} solvers at once for ${found.roots.length} roots: ${reason}`);
  return ['--jobs', String(processes)];
}

const codes = {
  recipes: 'SPACK_RECIPES_MISSING',
  git: 'SPACK_GIT_VERSION_UNKNOWN',
  package: 'SPACK_PACKAGE_UNKNOWN',
  compiler: 'SPACK_COMPILER_MISSING',
  conflict: 'SPACK_UNSATISFIABLE',
} as const;

async function solveError({ environment, cacheFolder }: SolveRequest, lines: readonly string[]): Promise<Error> {
  const { kind, subject, cause } = readSolveFault(lines);
  const details = { environment, subject: subject ?? environment, cause };
  // Spack would not try again.
  if (kind === 'recipes' && details.subject.startsWith(`${cacheFolder}/`))
    await rm(details.subject, { recursive: true, force: true });
  if (kind === 'spack') return builderError('SPACK_FAILED', { what: `concretizing ${environment}`, reason: cause });
  return builderError(codes[kind], details);
}
