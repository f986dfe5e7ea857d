import { type BuildDecision } from '../../generate/index.ts';
import {
  explainHashes,
  parseSpec,
  satisfies,
  type HashReason,
  type Lockfile,
  type SpecNode,
} from '../../spack/index.ts';
import { jobBuilder } from '../job-builder.ts';
import type { PackageJobContext } from '../package-job-context.ts';
import { readJobEnvironment } from '../job-environment.ts';
import { packageJobError } from '../errors.ts';
import { lockAgainst, usualBase } from './against.ts';
import { chooseLock, type LockSelection } from '../generate/choose-lock.ts';
import { decideBuild } from '../generate/decide-build.ts';

interface WhyRequest extends LockSelection {
  /** The packages, as on Spack's command line. */
  readonly spec: string;
  /** A commit or the file of a lock to compare with; by default the last commit that differs. */
  readonly against?: string;
  /** Addresses of mirrors whose packages are compared too. */
  readonly mirrors: readonly string[];
}

export interface ExplainedPackage {
  readonly node: SpecNode;
  /** Why its hash is another; undefined if it is the same. */
  readonly reason: HashReason | undefined;
  /** What a pipeline would do with it; undefined if no mirror was named. */
  readonly decision: BuildDecision | undefined;
}

export interface Explained {
  readonly lock: Lockfile;
  readonly against: string;
  readonly packages: readonly ExplainedPackage[];
}

/** Explains why packages are built again, down to the package where that began. */
export async function why(request: WhyRequest, context: PackageJobContext): Promise<Explained> {
  const { environment, configScopes, spec } = request;
  const builder = () => jobBuilder(environment, context);
  const { lock } = await chooseLock(request, context);
  const nodes = matching(lock, spec);
  if (nodes.length === 0) throw packageJobError('PACKAGE_JOB_PACKAGE_MISSING', { spec });
  const against = request.against ?? (await usualBase(environment));
  const before = await lockAgainst({ against, environment, configScopes, cwd: context.cwd, builder });
  const reasons = new Map(explainHashes(before, lock).map((one) => [one.hash, one]));
  const decisions = await decisionsBy(lock, request, context);
  const packages = nodes.map((node) => ({
    node,
    reason: reasons.get(node.hash),
    decision: decisions.get(node.hash),
  }));
  return { lock, against, packages };
}

/** Returns what a pipeline would do with each package, by hash, if mirrors to compare with are named. */
async function decisionsBy(
  lock: Lockfile,
  { mirrors: named }: WhyRequest,
  context: PackageJobContext,
): Promise<ReadonlyMap<string, BuildDecision>> {
  if (named.length === 0) return new Map();
  const job = await readJobEnvironment(context.env, context.cwd, named[0]);
  const { plan } = await decideBuild({ lock, job, stack: { mirrors: [], scopes: [] }, named, prune: true }, context);
  return new Map(plan.decisions.map((one) => [one.hash, one]));
}

function matching(lock: Lockfile, text: string): readonly SpecNode[] {
  const spec = parseSpec(text, { percent: lock.specfileVersion < 5 ? 'compiler' : 'direct' });
  return [...lock.nodes.values()].filter((node) => satisfies(node, spec, lock.nodes));
}
