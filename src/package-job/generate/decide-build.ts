import {
  planBuild,
  readMirrorState,
  touchedPackages,
  type BuildPlan,
  type MirrorSource,
  type MirrorState,
  type StackFiles,
} from '../../generate/index.ts';
import type { Lockfile } from '../../spack/index.ts';
import { suggestion } from '../../kit/index.ts';
import { packageJobError } from '../errors.ts';
import { isMirrorAbsent } from '../../mirror/index.ts';
import type { PackageJobContext } from '../package-job-context.ts';
import { mirrorsOf, readJobEnvironment, type JobEnvironment } from '../job-environment.ts';
import { readableMirrors } from '../stack-mirrors.ts';
import { changedPackages, dependentDepth } from './changed-packages.ts';

export interface DecisionRequest {
  readonly lock: Lockfile;
  readonly job: JobEnvironment;
  /** Its mirrors count if none is named and no server provides one. */
  readonly stack: Pick<StackFiles, 'mirrors' | 'scopes'>;
  /** Those that were named on the command line; the first is the job's. */
  readonly named: readonly string[];
  readonly prune: boolean;
}

export interface DecidedBuild {
  readonly plan: BuildPlan;
  readonly states: ReadonlyMap<string, MirrorState>;
  /** What the lock was compared with. */
  readonly mirrors: readonly MirrorSource[];
  readonly nothingPruned: boolean;
  readonly prunesUntouched: boolean;
}

/** Decides what a pipeline of this lock builds now, by what mirrors hold and what the change at hand touches. */
export async function decideBuild(request: DecisionRequest, context: PackageJobContext): Promise<DecidedBuild> {
  const { lock, job, prune } = request;
  const { env, cwd, note } = context;
  const mirrors = await planMirrors(request, context);
  // A job's own mirror is begun by the first that pushes.
  const isOwn = request.named.length === 0 && env['SLIPWAY_MIRROR'] !== undefined;
  for (const { store } of isOwn ? [] : mirrors) {
    if (isMirrorAbsent({ url: store.url, cwd })) note(`Mirror ${store.url} does not exist yet.`);
  }
  const states = await readMirrorState(lock, mirrors);
  const changed = await changedPackages(context, job.projectFolder, request.stack.scopes);
  const touched = changed === undefined ? undefined : touchedPackages(lock, changed, dependentDepth(env));
  // As in Spack, the variable wins over the command line.
  const nothingPruned = (env['SPACK_PRUNE_UP_TO_DATE'] ?? String(prune)).toLowerCase() !== 'true';
  const again = packagesAgain(lock, env);
  const plan = planBuild(lock, states, { keepUpToDate: nothingPruned, touched, again });
  return { mirrors, plan, states, nothingPruned, prunesUntouched: touched !== undefined };
}

/** Reads SLIPWAY_REBUILD: names of packages that are built although a mirror holds them. */
function packagesAgain(lock: Lockfile, env: PackageJobContext['env']): ReadonlySet<string> {
  const names = (env['SLIPWAY_REBUILD'] ?? '').split(/[\s,]+/).filter((name) => name !== '');
  const known = new Set([...lock.nodes.values()].filter((node) => node.external === undefined).map(({ name }) => name));
  const unknown = names.find((name) => !known.has(name));
  if (unknown === undefined) return new Set(names);
  throw packageJobError('PACKAGE_JOB_REBUILD_UNKNOWN', { package: unknown }, { hint: suggestion(unknown, [...known]) });
}

async function planMirrors(
  { job, stack, named }: DecisionRequest,
  { env, cwd, note }: PackageJobContext,
): Promise<readonly MirrorSource[]> {
  const further = await Promise.all(
    named.slice(1).map(async (url) => (await readJobEnvironment(env, cwd, url)).mirror),
  );
  const own = [...mirrorsOf(job), ...further.filter((one) => one !== undefined)];
  if (own.length > 0) return own;
  return readableMirrors(stack.mirrors, { env, warn: note, verifier: job.verifier });
}
