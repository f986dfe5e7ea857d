import type { CoordinatorContext, Publication } from '../../coordinator/index.ts';
import { readRecord, verifyImage, type ImageTarget, type RecordName } from '../../image/index.ts';
import type { ImageRecord, ImageRecords } from '../../protocol/index.ts';

export const recordNames: readonly RecordName[] = ['spdx', 'cyclonedx', 'provenance'];

interface PublishedImage {
  readonly publication: Publication;
  readonly target: ImageTarget;
  readonly digest: string;
}

/** Verifies the signature and the records of a published image with the keys that count now. */
export async function imageRecords(
  { stacks }: CoordinatorContext,
  { publication, target, digest }: PublishedImage,
): Promise<ImageRecords> {
  const isPreview = publication.refType === 'pull-request';
  const key = isPreview ? undefined : await imageKeys(stacks.get(publication.stack));
  const { findings, images } = await verifyImage({ target, reference: digest }, { key });
  const texts = (found: readonly { where: string; message: string }[]) =>
    found.map(({ where, message }) => `${where}: ${message}`);
  const platforms = [];
  for (const { platform, digest: own, records, faults } of images)
    platforms.push({
      platform,
      digest: own,
      findings: texts([...faults, ...(records?.findings ?? [])]),
      entries: records?.entries ?? 0,
      records: await attachedRecords(target, own),
    });
  const isFaultless = findings.length === 0 && platforms.every((one) => one.findings.length === 0);
  const state = !isFaultless ? 'invalid' : key === undefined ? 'unsigned' : 'verified';
  return { state, key, findings: texts(findings), platforms };
}

/** Returns the public keys for images that count: the one that signs, and those that signed before. */
async function imageKeys(stack: ReturnType<CoordinatorContext['stacks']['get']>): Promise<string | undefined> {
  const known = await stack?.notary.knownKeys();
  const accepted = known?.imageKeys?.filter(({ state }) => state === 'accepted') ?? [];
  return known?.imageKey && [known.imageKey, ...accepted.map(({ publicKey }) => publicKey)].join('');
}

async function attachedRecords(target: ImageTarget, digest: string): Promise<ImageRecord[]> {
  const found: ImageRecord[] = [];
  for (const name of recordNames) {
    const bytes = await readRecord(target, digest, name);
    if (bytes !== undefined) found.push({ name, size: bytes.length });
  }
  return found;
}
