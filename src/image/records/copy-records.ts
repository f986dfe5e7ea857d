import {
  attachReferrer,
  bytesBlob,
  listReferrers,
  readArtifact,
  type Artifact,
  type ImageSource,
  type ImageTarget,
} from '../../oci/index.ts';
import { cosignTag } from './cosign.ts';

/**
 * Takes what refers to an image along to another place: as it is, so that signatures hold. Gives how many there were.
 */
export async function copyRecords(source: ImageSource, target: ImageTarget, digest: string): Promise<number> {
  const referrers = await listReferrers(source, digest);
  const tags = new Map<string, string[]>();
  for (const suffix of ['sig', 'att'] as const) {
    const tag = cosignTag(digest, suffix);
    const named = (await source.readManifest(tag))?.descriptor.digest;
    if (named !== undefined) tags.set(named, [...(tags.get(named) ?? []), tag]);
  }
  for (const { digest: record } of referrers) {
    const artifact = await readWhole(source, record);
    if (artifact !== undefined) await attachReferrer(target, artifact, tags.get(record) ?? []);
  }
  return referrers.length;
}

async function readWhole(source: ImageSource, reference: string): Promise<Artifact | undefined> {
  const [manifest, found] = [await source.readManifest(reference), await readArtifact(source, reference)];
  if (manifest === undefined || found === undefined) return undefined;
  const { config } = found.manifest;
  const layers = found.layers.map(({ bytes, descriptor }) => ({
    ...bytesBlob(bytes, descriptor.mediaType),
    descriptor,
  }));
  return { manifest, blobs: [{ descriptor: config, open: () => source.openBlob(config) }, ...layers] };
}
