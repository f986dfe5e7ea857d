import type { Builder, LockRequest } from '../../builder/index.ts';
import { messageOf } from '../../kit/index.ts';
import type { TestedLocks } from '../../protocol/index.ts';
import type { Lockfile } from '../../spack/index.ts';
import type { PackageJobContext } from '../package-job-context.ts';
import { readTested } from './tested-lock.ts';

/** A tested lock that a new one begins with. */
export interface BaseLock {
  readonly lock: Lockfile;
  /** Whose it is, for messages. */
  readonly from: string;
}

/** What a lock kept of the one that it began with. Root specs, as Spack prints them. */
export interface LockReuse {
  readonly from: string;
  readonly kept: readonly string[];
  readonly solved: readonly string[];
  readonly dropped: readonly string[];
  /** Packages of both locks whose recipes have changed since; undefined if that is not known. */
  readonly changedRecipes?: readonly string[];
}

interface BaseOptions extends Pick<PackageJobContext, 'note' | 'signal'> {
  readonly builder: Pick<Builder, 'lock' | 'changedRecipes'>;
  readonly request: Pick<LockRequest, 'environment' | 'configScopes' | 'share'>;
}

/**
 * Returns the lock of the same job among those that the base has tested, or the only one. Throws if it is not what was
 * recorded.
 */
export function baseLockOf(tested: TestedLocks | undefined, path: string | undefined): BaseLock | undefined {
  if (tested === undefined) return undefined;
  const { locks, pipeline, ref } = tested;
  const chosen = locks.find((one) => one.path === path) ?? (locks.length === 1 ? locks[0] : undefined);
  const from = `the lock of pipeline ${pipeline} of ${ref}`;
  return chosen === undefined ? undefined : { lock: readTested(chosen, from), from };
}

/** Makes a lock that begins with another one, and notes what it kept of that. */
export async function lockFromBase(
  base: BaseLock,
  options: BaseOptions,
): Promise<{ readonly lock: Lockfile; readonly reuse: LockReuse }> {
  const { builder, request, note, signal } = options;
  try {
    const lock = await builder.lock({ ...request, base: base.lock });
    const kept = keptRoots(base, lock);
    const reuse = { ...kept, changedRecipes: await changedSince({ base: base.lock, lock }, options) };
    // A share may have no roots at all.
    if (lock.roots.length > 0) for (const line of describeReuse(reuse)) note(line);
    return { lock, reuse };
  } catch (error) {
    signal.throwIfAborted();
    note(`The roots of ${base.from} were kept, which may be the reason: \`lock: fresh\` in slipway.yaml solves all.`);
    throw error;
  }
}

/** Spack keeps each root that both have. */
function keptRoots({ lock: base, from }: BaseLock, lock: Lockfile): LockReuse {
  const [before, now] = [rootSpecs(base), rootSpecs(lock)];
  return {
    from,
    kept: [...now].filter((spec) => before.has(spec)),
    solved: [...now].filter((spec) => !before.has(spec)),
    dropped: [...before].filter((spec) => !now.has(spec)),
  };
}

function rootSpecs({ roots }: Lockfile): ReadonlySet<string> {
  return new Set(roots.map(({ spec }) => spec));
}

async function changedSince(
  { base, lock }: Readonly<Record<'base' | 'lock', Lockfile>>,
  { builder, request, note, signal }: BaseOptions,
): Promise<readonly string[] | undefined> {
  const kept = new Set([...lock.nodes.values()].filter(({ hash }) => base.nodes.has(hash)).map(({ name }) => name));
  if (kept.size === 0) return [];
  try {
    return (await builder.changedRecipes(request, lock)).filter((name) => kept.has(name));
  } catch (error) {
    signal.throwIfAborted();
    note(`Whether recipes have changed since is not known: ${messageOf(error)}`);
    return undefined;
  }
}

function describeReuse({ from, kept, solved, dropped, changedRecipes = [] }: LockReuse): readonly string[] {
  const parts = [
    ['keeps', kept],
    ['solves', solved],
    ['drops', dropped],
  ] as const;
  const counts = parts.filter(([, roots]) => roots.length > 0).map(([verb, roots]) => `${verb} ${rootsText(roots)}`);
  const names = changedRecipes.join(', ');
  const stay = 'stay as in that lock; `lock: fresh` in slipway.yaml takes their present recipes';
  return [
    `The lock begins with ${from}: ${counts.join('; ')}.`,
    ...(names === '' ? [] : [`Recipes have changed since: ${names} ${stay}.`]),
  ];
}

/** How many roots a message names. */
const FEW = 5;

function rootsText(roots: readonly string[]): string {
  const count = roots.length === 1 ? '1 root' : `${roots.length} roots`;
  const rest = roots.length > FEW ? ', …' : '';
  return `${count} (${roots.slice(0, FEW).join(', ')}${rest})`;
}
