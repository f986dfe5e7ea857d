import type { Blob } from '../../oci/index.ts';
import { closure, type Lockfile } from '../../spack/index.ts';
import type { LayerFacts } from '../facts/layer-facts.ts';
import { imageError } from '../errors.ts';
import { describePackage, type PlannedPackage } from '../plan.ts';

/** A package of the plan with what its tarball holds. */
export interface PlacedPackage {
  readonly planned: PlannedPackage;
  /** The mirror's tarball, or what relocation made of it. */
  readonly blob: Blob;
  /** Not a tarball of the mirror as it is. */
  readonly isMade?: boolean;
  /** Absolute prefix that it was installed in. */
  readonly prefix: string;
  readonly facts: LayerFacts;
}

/** Finds the prefix: the folder that holds `.spack`, which every package has. */
export function placePackage(planned: PlannedPackage, facts: LayerFacts, blob: Blob): PlacedPackage {
  const found = facts.paths
    .map(({ path }) => /^(.+?)\/\.spack(?:\/|$)/.exec(path)?.[1])
    .filter((one) => one !== undefined);
  const prefix = found.reduce((short, one) => (one.length < short.length ? one : short), found[0] ?? '');
  if (prefix === '') throw imageError('IMAGE_PREFIX_UNKNOWN', { package: describePackage(planned.node) });
  return { planned, prefix: `/${prefix}`, facts, blob };
}

/** Hashes of the roots of a lock and of all that they need to run. */
export function runClosure(lock: Lockfile): ReadonlySet<string> {
  const roots = lock.roots.map(({ hash }) => hash);
  return closure(lock, roots, ['run']);
}
