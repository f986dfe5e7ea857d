import { parseReference } from '../oci/index.ts';
import { openBase, type OpenBaseOptions } from './base.ts';
import { baseOf } from './publish/named-base.ts';
import { imagesOf, platformOf, platformText, type Publishable } from './publish/publishable.ts';

/** The base of one published image, and what its reference names now. */
export interface BaseChange {
  /** `linux/arm64/v8` */
  readonly platform: string;
  /** As the definition names the base: `debian:13-slim`. */
  readonly reference: string;
  /** Digest of the image that is built on it. */
  readonly image: string;
  /** Digest of the base that the image is built on. */
  readonly before: string;
  /** Digest of the base now. */
  readonly after: string;
}

/** Returns the digest that a base has now for a platform. */
export type BaseReader = (
  reference: string,
  platform: { readonly architecture: string; readonly variant?: string | undefined },
) => Promise<string | undefined>;

/** Makes a reader that asks for each base and platform once. */
export function baseReader(options: Omit<OpenBaseOptions, 'architecture' | 'variant'>): BaseReader {
  const known = new Map<string, Promise<string | undefined>>();
  return (reference, { architecture, variant }) => {
    const key = JSON.stringify([reference, architecture, variant]);
    const read =
      known.get(key) ?? openBase(reference, { ...options, architecture, variant }).then((base) => base?.digest);
    known.set(key, read);
    return read;
  };
}

/** Returns changes with the bases that images were built on in the end. */
export function builtOn(changes: readonly BaseChange[], images: Publishable): readonly BaseChange[] {
  const built = new Map(imagesOf(images).map((image) => [platformText(platformOf(image)), baseOf(image)?.digest]));
  return changes.map((change) => ({ ...change, after: built.get(change.platform) ?? change.after }));
}

/**
 * Compares the bases that published images name with what their references name now. Bases that cannot move, as they
 * are pinned by a digest, and images without a base are left out.
 */
export async function baseChanges(images: Publishable, read: BaseReader): Promise<readonly BaseChange[]> {
  const changes: BaseChange[] = [];
  for (const image of imagesOf(images)) {
    const base = baseOf(image);
    if (base === undefined || parseReference(base.reference).digest !== undefined) continue;
    const platform = platformOf(image);
    const after = (await read(base.reference, platform)) ?? base.digest;
    changes.push({
      platform: platformText(platform),
      reference: base.reference,
      image: image.manifest.descriptor.digest,
      before: base.digest,
      after,
    });
  }
  return changes;
}
