import PQueue from 'p-queue';
import type { BuildPlan, HashReason, MirrorSource } from '../../generate/index.ts';
import { layoutsIn, type MirrorLayout } from '../../mirror/index.ts';
import { closure, type Lockfile } from '../../spack/index.ts';

export interface AddedBytes {
  /** Compressed bytes that the builds add to the mirror, as far as they can be guessed. */
  readonly mirror: number;
  /** The part of them that is needed to run the environment's packages, and so ends in its image. */
  readonly image: number;
  /** Builds whose size cannot be guessed: no mirror holds what they were before. */
  readonly unknown: number;
}

interface SizeRequest {
  readonly before: Lockfile;
  readonly after: Lockfile;
  readonly plan: BuildPlan;
  readonly reasons: readonly HashReason[];
  readonly mirrors: readonly MirrorSource[];
}

/** Estimates what the builds of a plan add, by the tarballs of the same packages as they were before. */
export async function addedBytes({ before, after, plan, reasons, mirrors }: SizeRequest): Promise<AddedBytes> {
  const was = new Map(reasons.map((one) => [one.hash, one.before]));
  const runs = closure(
    after,
    after.roots.map(({ hash }) => hash),
    ['link', 'run'],
  );
  const queue = new PQueue({ concurrency: 16 });
  const layouts = (await Promise.all(mirrors.map(({ store }) => layoutsIn(store)))).flat();
  const builds = plan.decisions.filter(({ build }) => build);
  const sizes = await queue.addAll(
    builds.map(({ hash }) => async () => {
      const old = before.nodes.get(was.get(hash) ?? hash);
      const { name, version } = old ?? {};
      const size =
        old === undefined
          ? undefined
          : await sizeOf({ name: name ?? '', version: version ?? '', hash: old.hash }, layouts);
      return { size, isInImage: runs.has(hash) };
    }),
  );
  const sum = (list: typeof sizes) => list.reduce((total, { size = 0 }) => total + size, 0);
  return {
    mirror: sum(sizes),
    image: sum(sizes.filter(({ isInImage }) => isInImage)),
    unknown: sizes.filter(({ size }) => size === undefined).length,
  };
}

/** An entry that cannot be read has no known size; it is reported elsewhere. */
async function sizeOf(
  id: { readonly name: string; readonly version: string; readonly hash: string },
  layouts: readonly MirrorLayout[],
): Promise<number | undefined> {
  for (const layout of layouts) {
    const entry = await layout.read(id, { requireSignature: false }).catch(() => undefined);
    if (entry !== undefined) return entry.tarball.size;
  }
  return undefined;
}
