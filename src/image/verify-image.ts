import { tmpdir } from 'node:os';
import type { GrowElf, ObjectStore, ReadOptions } from '../mirror/index.ts';
import { validateImage, type Image, type ImageFinding, type NamedImage } from '../oci/index.ts';
import { imageError } from './errors.ts';
import { checkPlatforms, imagesOf, platformOf, platformText, readPublished, topOf } from './publish/publishable.ts';
import { verifyEntries } from './records/verify-entries.ts';
import { verifyIndex, verifyRecords, type RecordFinding } from './records/verify-records.ts';

interface VerifyImageOptions {
  /** Text of the public key that the records must be signed with; without one records are not looked at. */
  readonly key?: string;
  /** The mirror whose signed entries the layers are compared with. */
  readonly mirror?: { readonly store: ObjectStore; readonly read: ReadOptions; readonly growElf: GrowElf };
}

interface VerifiedImage {
  readonly platform: string;
  readonly digest: string;
  readonly layers: number;
  readonly faults: readonly ImageFinding[];
  readonly records?: VerifiedRecords;
}

export interface VerifiedRecords {
  readonly findings: readonly RecordFinding[];
  readonly lock: string | undefined;
  readonly commit: string | undefined;
  /** How many entries of the mirror the provenance names. */
  readonly entries: number;
}

export interface VerifiedImages {
  readonly digest: string;
  readonly isIndex: boolean;
  /** Faults of the index itself, and of its records. */
  readonly faults: readonly ImageFinding[];
  readonly findings: readonly RecordFinding[];
  readonly images: readonly VerifiedImage[];
}

/** Checks an image, or each image of an index, as a whole; then the records, if there is a key to verify them with. */
export async function verifyImage(
  { target, reference }: NamedImage,
  options: VerifyImageOptions,
): Promise<VerifiedImages> {
  const what = await readPublished(target, reference);
  const images: VerifiedImage[] = [];
  for (const image of imagesOf(what))
    images.push({
      platform: platformText(platformOf(image)),
      digest: image.manifest.descriptor.digest,
      layers: image.blobs.length - 1,
      faults: await validateImage(image),
      records: options.key === undefined ? undefined : await checkRecords({ target, image, key: options.key }, options),
    });
  const isIndex = 'index' in what;
  return {
    digest: topOf(what).descriptor.digest,
    isIndex,
    faults: isIndex ? checkPlatforms(what) : [],
    findings: isIndex && options.key !== undefined ? await verifyIndex(target, what, options.key) : [],
    images,
  };
}

async function checkRecords(
  { target, image, key }: { readonly target: NamedImage['target']; readonly image: Image; readonly key: string },
  { mirror }: VerifyImageOptions,
): Promise<VerifiedRecords> {
  const found = await verifyRecords(target, image, key);
  const compared = mirror === undefined ? [] : await verifyEntries(image, found, { ...mirror, temporary: tmpdir() });
  const { findings, entries, lock, commit } = found;
  return { findings: [...findings, ...compared], entries: entries.length, lock, commit };
}

/** Throws IMAGE_FAULTY or IMAGE_RECORDS_WRONG with the first of the findings, if there are any. */
export function requireFaultless(reference: string, { faults, findings, images }: VerifiedImages): void {
  const all = [...faults, ...images.flatMap((one) => one.faults)];
  const [fault] = all;
  if (fault !== undefined)
    throw imageError('IMAGE_FAULTY', { reference, count: all.length, first: `${fault.where}: ${fault.message}` });
  const wrong = [...findings, ...images.flatMap(({ records }) => records?.findings ?? [])];
  const [first] = wrong;
  if (first === undefined) return;
  const more = wrong.length === 1 ? '' : `, and ${wrong.length - 1} more`;
  throw imageError('IMAGE_RECORDS_WRONG', { reference, first: `${first.where}: ${first.message}`, more });
}
