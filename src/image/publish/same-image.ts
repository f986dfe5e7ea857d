import type { Image, ImageSource } from '../../oci/index.ts';
import { imagesOf, readPublished, topOf, type Publishable } from './publishable.ts';

const REVISION = 'org.opencontainers.image.revision';

/**
 * Returns what a tag names if it differs from what was built only in the commit that it was made for; else undefined.
 * `ours` holds the digests that may be taken for such an image: those that were tried and recorded before their tag
 * moved.
 */
export async function samePublished(
  source: ImageSource,
  built: Publishable,
  { tag, ours }: { readonly tag: string; readonly ours: ReadonlySet<string> | undefined },
): Promise<Publishable | undefined> {
  const seen = (await source.readManifest(tag))?.descriptor.digest;
  if (seen === undefined || ours?.has(seen) !== true || seen === topOf(built).descriptor.digest) return undefined;
  const published = await readPublished(source, seen);
  return contentOf(published) === contentOf(built) ? published : undefined;
}

/** The manifests and configurations without the commit and what follows from it. */
function contentOf(what: Publishable): string {
  return JSON.stringify([topOf(what).descriptor.mediaType, ...imagesOf(what).map(contentOfImage)]);
}

function contentOfImage({ manifest, config }: Image): unknown {
  const document = JSON.parse(manifest.bytes.toString('utf8')) as { readonly annotations?: Labels };
  return {
    ...document,
    config: { ...config, config: { ...config.config, Labels: withoutRevision(config.config?.Labels) } },
    annotations: withoutRevision(document.annotations),
  };
}

type Labels = Readonly<Record<string, string>> | null | undefined;

function withoutRevision(labels: Labels): readonly (readonly [string, string])[] {
  return Object.entries(labels ?? {}).filter(([name]) => name !== REVISION);
}
