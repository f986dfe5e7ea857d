import { groupBy, memoized } from '../../kit/index.ts';
import type { PipelineRecord } from '../../pipeline/index.ts';
import type { ObjectStore } from '../../mirror/index.ts';
import { manifestKey, type Lockfile, type SpecNode } from '../../spack/index.ts';
import type { CoordinatorContext, Stack } from '../context.ts';
import { testersOf } from '../locks/lock-candidates.ts';
import { writePrefixOf } from '../mirror/mirror-access.ts';
import { familyObstacle } from './family-obstacle.ts';
import type { RequestPackage } from './promotion-ledger.ts';

type Parts = Pick<CoordinatorContext, 'pipelines' | 'folder' | 'runners' | 'promotions'>;

/** A lock of a protected pipeline. */
export interface ProtectedLock {
  readonly stack: Stack;
  readonly root: PipelineRecord;
  readonly lock: Lockfile;
  /** SHA-256 of its bytes. */
  readonly digest: string;
}

/** A package, and either what may be promoted for it or why nothing may. */
export interface Verdict {
  readonly node: SpecNode;
  readonly entry?: RequestPackage;
  readonly reason: string;
}

/** Pipelines of one pull request that tested the same tree by the same lock, and what the request pushed. */
interface Source {
  readonly pipelines: ReadonlySet<string>;
  readonly root: ObjectStore;
  readonly prefix: string;
  readonly packages: ReadonlyMap<string, readonly RequestPackage[]>;
}

/**
 * Decides for each package of a protected pipeline's lock whether one that a pull request built may take its place.
 * That needs a pipeline of a team's request with the same tree and the same lock that succeeded on trusted runners; and
 * neither the package nor anything that it was built with may ever have been pushed to the request's mirror otherwise.
 */
export async function promotable(context: Parts, subject: ProtectedLock): Promise<readonly Verdict[]> {
  const { root, lock, digest, stack } = subject;
  const nodes = [...lock.nodes.values()].filter(({ external }) => external === undefined);
  const all = (reason: string) => nodes.map((node) => ({ node, reason }));
  const testers = testersOf(context, root)
    .filter(({ record, locks }) => record.request !== undefined && locks.some((one) => one.digest === digest))
    .map(({ record }) => ({ record, obstacle: familyObstacle(context, record) }))
    .filter(({ record }) => record.trust === 'pull-request');
  if (testers.length === 0) return all('no pull request of the team has tested this tree with this lock');
  const [first] = testers;
  const records = testers.filter(({ obstacle }) => obstacle === undefined).map(({ record }) => record);
  if (records.length === 0) return all(first?.obstacle ?? '');
  const sources = [...groupBy(records, writePrefixOf)].map(([prefix, own]): Source => {
    const packages = groupBy(context.promotions.packages(root.stack, prefix), ({ hash }) => hash);
    return { pipelines: new Set(own.map(({ id }) => id)), root: stack.mirror.root(prefix), prefix, packages };
  });
  const judges = sources.map((source) => judge(subject, source));
  return Promise.all(
    nodes.map(async (node) => {
      const verdicts = await Promise.all(judges.map(async (one) => one(node)));
      return verdicts.find(({ entry }) => entry !== undefined) ?? (verdicts[0] as Verdict);
    }),
  );
}

/** Returns a function that decides by what one pull request pushed. */
function judge({ root, lock, digest }: ProtectedLock, source: Source): (node: SpecNode) => Promise<Verdict> {
  const faultOf = memoized(async (hash: string): Promise<string | undefined> => {
    const node = lock.nodes.get(hash) as SpecNode;
    if (node.external !== undefined) return undefined;
    const accepted = source.packages.get(hash) ?? [];
    const isRight = (one: RequestPackage) =>
      source.pipelines.has(one.pipeline) && one.isTrusted && one.lock === digest && one.tree === root.tree;
    const other = accepted.find((one) => !isRight(one));
    if (other !== undefined)
      return `job ${other.job} of pipeline ${other.pipeline} pushed \`${node.name}\` to the same mirror`;
    const isUnknown = accepted.length === 0 && (await source.root.head(manifestKey(node))) !== undefined;
    if (isUnknown) return `it is not recorded who built \`${node.name}\` on the mirror of the pull request`;
    for (const dependency of node.dependencies ?? []) {
      const fault = await faultOf(dependency.hash);
      if (fault !== undefined) return fault;
    }
    return undefined;
  });
  return async (node) => {
    const fault = await faultOf(node.hash);
    if (fault !== undefined) return { node, reason: fault };
    const entry = source.packages.get(node.hash)?.at(-1);
    return { node, entry, reason: `pull request ${source.prefix.replace('pr/', '')} has not built it` };
  };
}
