import * as z from 'zod';
import { bytesBlob, manifestOf, mediaTypes, type Descriptor, type RegistryRepository } from '../../oci/index.ts';

/** Annotations of the manifests that slipway writes. */
export const annotations = {
  /** The object's key. */
  key: 'dev.slipway.key',
  /** The text of a build cache's manifest, with its signature. */
  manifest: 'dev.slipway.manifest',
  /** Set where the object was removed; registries have no way to remove a tag that all of them know. */
  removed: 'dev.slipway.removed',
} as const;

const Layer = z.looseObject({ mediaType: z.string(), digest: z.string(), size: z.number() });

export const TaggedManifest = z.looseObject({
  config: Layer,
  layers: z.array(Layer),
  annotations: z.record(z.string(), z.string()).optional(),
});
export type TaggedManifest = z.infer<typeof TaggedManifest>;

export interface Tagged {
  readonly digest: string;
  readonly manifest: TaggedManifest;
}

/** Reads the manifest of a tag; undefined if there is none, or if its object was removed. */
export async function readTagged(repository: RegistryRepository, tag: string): Promise<Tagged | undefined> {
  const found = await repository.readManifest(tag);
  if (found === undefined) return undefined;
  const manifest = TaggedManifest.safeParse(JSON.parse(found.bytes.toString()));
  if (!manifest.success || manifest.data.annotations?.[annotations.removed] !== undefined) return undefined;
  return { digest: found.descriptor.digest, manifest: manifest.data };
}

const emptyConfig = bytesBlob(Buffer.from('{}'), mediaTypes.config);

/** Tags existing blobs, with an empty configuration. */
export async function writeTagged(
  repository: RegistryRepository,
  tag: string,
  what: { layers: readonly Descriptor[]; annotations: Readonly<Record<string, string>> },
): Promise<void> {
  if (!(await repository.hasBlob(emptyConfig.descriptor))) await repository.putBlob(emptyConfig);
  await putTagged(repository, tag, { config: emptyConfig.descriptor, ...what });
}

/** Puts a manifest of existing blobs under a tag. */
export async function putTagged(
  repository: RegistryRepository,
  tag: string,
  parts: { config: Descriptor; layers: readonly Descriptor[]; annotations: Readonly<Record<string, string>> },
): Promise<void> {
  await repository.putManifest(manifestOf({ schemaVersion: 2, mediaType: mediaTypes.manifest, ...parts }), tag);
}
