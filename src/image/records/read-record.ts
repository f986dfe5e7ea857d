import { listReferrers, readArtifact, type ImageSource } from '../../oci/index.ts';
import { cosignTag } from './cosign.ts';
import { cyclonedxType } from './cyclonedx.ts';
import { envelopeType } from './dsse.ts';
import { spdxType } from './spdx.ts';

export type RecordName = 'spdx' | 'cyclonedx' | 'provenance';

const billTypes = { spdx: spdxType, cyclonedx: cyclonedxType } as const;

/**
 * Reads a record that is attached to an image, as it is stored: a bill of materials, or the signed envelope of the
 * provenance. Undefined if there is none. Verifies nothing.
 */
export async function readRecord(source: ImageSource, digest: string, name: RecordName): Promise<Buffer | undefined> {
  if (name === 'provenance') {
    const attestations = await readArtifact(source, cosignTag(digest, 'att'));
    return attestations?.layers.findLast(({ descriptor }) => descriptor.mediaType === envelopeType)?.bytes;
  }
  const referrers = await listReferrers(source, digest);
  const bill = referrers.findLast(({ artifactType }) => artifactType === billTypes[name]);
  return bill && (await readArtifact(source, bill.digest))?.layers[0]?.bytes;
}
