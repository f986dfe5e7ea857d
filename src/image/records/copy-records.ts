import {
  attachReferrer,
  listReferrers,
  readArtifact,
  type Artifact,
  type ImageSource,
  type ImageTarget,
} from '../../oci/index.ts';
import { layerBlob } from './attach-records.ts';
import { cosignTag } from './cosign.ts';

/** Copies what refers to an image to another repository, byte for byte, so that signatures hold. */
export async function copyRecords(source: ImageSource, target: ImageTarget, digest: string): Promise<void> {
  const tags = new Map<string, string[]>();
  for (const suffix of ['sig', 'att'] as const) {
    const tag = cosignTag(digest, suffix);
    const named = (await source.readManifest(tag))?.descriptor.digest;
    if (named !== undefined) tags.set(named, [...(tags.get(named) ?? []), tag]);
  }
  for (const { digest: record } of await listReferrers(source, digest)) {
    const artifact = await readWhole(source, record);
    if (artifact !== undefined) await attachReferrer(target, artifact, tags.get(record));
  }
}

async function readWhole(source: ImageSource, reference: string): Promise<Artifact | undefined> {
  const [manifest, found] = [await source.readManifest(reference), await readArtifact(source, reference)];
  if (manifest === undefined || found === undefined) return undefined;
  const { config } = found.manifest;
  const blobs = [{ descriptor: config, open: () => source.openBlob(config) }, ...found.layers.map(layerBlob)];
  return { manifest, blobs };
}
