import type { LockComparison, ComparedLock } from '../../protocol/index.ts';
import { differingNodes, lockComparison, ownPackages } from '../../report/index.ts';
import type { Lockfile } from '../../spack/index.ts';
import type { CoordinatorContext, Stack } from '../context.ts';
import { writePrefixOf } from '../mirror/mirror-access.ts';
import { joinedLock, reasonsBetween } from '../report/compared-locks.ts';
import { packageSizes } from '../report/package-sizes.ts';
import { locksNamed, type NamedLocks } from './locks-named.ts';

/** One side of a comparison as a person named it, with its lock. */
interface Side extends NamedLocks {
  readonly name: string;
  readonly lock: Lockfile;
}

/** Compares the locks of two commits, branches, tags, pipelines, images or digests of a stack: see `locksNamed`. */
export async function compareLocks(
  context: CoordinatorContext,
  stack: Stack,
  names: { readonly from: string; readonly to: string },
): Promise<LockComparison> {
  const [from, to] = [await sideOf(context, stack, names.from), await sideOf(context, stack, names.to)];
  const { mirror } = stack;
  const locks = { before: from.lock, after: to.lock };
  const prefixes = [from, to].map(({ record }) => writePrefixOf(record));
  const sizes = await packageSizes(mirror, prefixes, differingNodes(locks));
  return {
    from: comparedLock(from),
    to: comparedLock(to),
    ...lockComparison({ ...locks, reasons: reasonsBetween(mirror, from, to) }, sizes),
  };
}

async function sideOf(context: CoordinatorContext, stack: Stack, name: string): Promise<Side> {
  const named = await locksNamed(context, stack, name);
  return { ...named, name, lock: await joinedLock(context, named.locks) };
}

function comparedLock({ name, record, locks, lock }: Side): ComparedLock {
  const { id: pipeline, ref, head, createdAt } = record;
  const digests = locks.map(({ digest }) => digest);
  return { name, pipeline, ref, head, locks: digests, packages: ownPackages(lock), createdAt };
}
