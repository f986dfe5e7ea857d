import { compareText } from '../kit/index.ts';
import type { Lockfile } from '../spack/index.ts';
import { architectureOf, architecturesOf, x86Level } from './architecture.ts';
import { imageError } from './errors.ts';
import { packagesOf, type ImageContentKind } from './plan.ts';

/** A lock that an image is made of; where there are several, each is for platforms of its own. */
export interface ImageLock {
  readonly lock: Lockfile;
  /** SHA-256 of its bytes, hexadecimal. */
  readonly digest: string;
  /** For messages: the job that left it, or its file. */
  readonly name?: string;
  /** The environment's `spack.yaml`, for its views. */
  readonly environment?: string;
  /** Its folder in the stack's repository; by default the top. */
  readonly environmentFolder?: string;
  /** Locks of the stack's past for the same platforms, oldest first: they show which packages change often. */
  readonly history?: readonly Lockfile[];
}

/** The lock and the platform of one image. */
export interface ImagePart {
  readonly lock: ImageLock;
  /** As image indexes name them: `amd64`, and `v3` if there are images for several levels of it. */
  readonly architecture: string;
  readonly variant?: string;
}

/**
 * Returns the images of locks, sorted by platform, whatever the order of the locks. Of two locks for x86-64 at
 * different levels the lower one is for every such processor, and the other a variant, as engines that know no variants
 * of it choose the one without.
 */
export function imageParts(locks: readonly ImageLock[], contents: ImageContentKind): readonly ImagePart[] {
  const parts = locks.flatMap((lock) => {
    const nodes = packagesOf(lock.lock, contents);
    return architecturesOf(nodes).map((architecture) => {
      const own = nodes.filter((node) => architectureOf(node) === architecture);
      return { lock, architecture, level: architecture === 'amd64' ? x86Level(own) : 1 };
    });
  });
  const sorted = parts.toSorted((a, b) => compareText(a.architecture, b.architecture) || a.level - b.level);
  return sorted.map(({ lock, architecture, level }, index) => {
    const below = sorted[index - 1];
    if (below?.architecture !== architecture)
      return { lock, architecture, ...(architecture === 'arm64' ? { variant: 'v8' } : {}) };
    if (below.level === level)
      throw imageError('IMAGE_PLATFORM_TWICE', {
        platform: `linux/${architecture}`,
        one: nameOf(below.lock),
        other: nameOf(lock),
      });
    return { lock, architecture, variant: `v${level}` };
  });
}

function nameOf({ name, digest }: ImageLock): string {
  return name ?? `lock ${digest.slice(0, 12)}`;
}
