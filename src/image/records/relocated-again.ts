import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Entry, GrowElf, ObjectStore } from '../../mirror/index.ts';
import type { Blob } from '../../oci/index.ts';
import { topologicalOrder, type Lockfile } from '../../spack/index.ts';
import { placePackage, type PlacedPackage } from '../contents/placed-package.ts';
import { relocatePackages } from '../contents/relocate-package.ts';
import { factsReader } from '../facts/facts-cache.ts';
import { layerMaker } from '../layers/layer-cache.ts';
import { packageBlob } from '../package-blob.ts';

interface RelocatedAgainOptions {
  readonly store: ObjectStore;
  /** The install tree in the image. */
  readonly root: string;
  /** An existing folder for temporary files, which are removed afterwards. */
  readonly temporary: string;
  readonly growElf?: GrowElf;
}

/**
 * Makes what an image's packages became in its install tree once more, out of the mirror's entries alone: what they
 * link and run stands in their own, signed, spec files. Nothing that is kept of earlier builds is believed. The blobs,
 * by DAG hash, are there while `use` runs.
 */
export async function relocatedAgain<T>(
  entries: readonly Entry[],
  { store, root, temporary, growElf }: RelocatedAgainOptions,
  use: (blobs: ReadonlyMap<string, Blob>) => Promise<T>,
): Promise<T> {
  const work = await mkdtemp(join(temporary, 'slipway-verify-'));
  try {
    const facts = factsReader();
    const lock = lockOf(entries);
    const byHash = new Map(entries.map((entry) => [entry.spec.nodes[0].hash, entry]));
    const placed: PlacedPackage[] = [];
    for (const node of topologicalOrder(lock, byHash.keys())) {
      const planned = { node, tarball: (byHash.get(node.hash) as Entry).tarball, isRoot: false };
      const blob = packageBlob(store, planned);
      placed.push(placePackage(planned, await facts(blob), blob));
    }
    const make = layerMaker(join(work, 'layers'));
    const moved = await relocatePackages(placed, { root, lock, facts, make, work, growElf });
    return await use(new Map(moved.map(({ planned, blob }) => [planned.node.hash, blob])));
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Each package as its own spec file has it: those of others may leave out what it was built with. */
function lockOf(entries: readonly Entry[]): Lockfile {
  const others = entries.flatMap(({ spec }) => spec.nodes.slice(1));
  const own = entries.map(({ spec }) => spec.nodes[0]);
  const nodes = new Map([...others, ...own].map((node) => [node.hash, node]));
  return { lockfileVersion: 6, specfileVersion: 5, spack: {}, roots: [], nodes };
}
