import { tmpdir } from 'node:os';
import {
  checkPlatforms,
  imageError,
  imagesOf,
  platformOf,
  platformText,
  readPublished,
  topOf,
  verifyEntries,
  verifyIndex,
  verifyRecords,
} from '../../image/index.ts';
import type { Image, Publishable, RecordFinding } from '../../image/index.ts';
import { readNamedFile } from '../../kit/index.ts';
import { growElf, openMirror } from '../../mirror/index.ts';
import { readTrust } from '../../notary/index.ts';
import { validateImage } from '../../oci/index.ts';
import type { ImageFinding, ImageTarget } from '../../oci/index.ts';
import type { CommandContext } from '../command.ts';
import { mirrorAt, trustFlags } from '../mirror/mirror-flags.ts';
import { openImagePlace } from '../image-place.ts';

export interface VerifyFlags {
  readonly key?: string;
  readonly mirror?: string;
  readonly keys?: string;
  readonly json?: true;
}

/** Checks an image, or each of an index, whole; then the records, as far as there is a key to believe them by. */
export async function verify(reference: string, options: VerifyFlags, context: CommandContext): Promise<void> {
  const place = await openImagePlace(reference, context, { access: 'pull' });
  const what = await readPublished(place.target, place.reference);
  const key = options.key === undefined ? context.env.SLIPWAY_IMAGE_KEY : await readNamedFile(options.key, context.cwd);
  const images: CheckedImage[] = [];
  for (const image of imagesOf(what))
    images.push(await checkImage({ image, key, target: place.target }, options, context));
  const faults = 'index' in what ? checkPlatforms(what) : [];
  const about = 'index' in what && key !== undefined ? await verifyIndex(place.target, what, key) : [];
  const checked = { what, images, faults, about };
  report(checked, options, context);
  const findings = [...faults, ...images.flatMap((one) => one.faults)];
  const [faulty] = findings;
  if (faulty !== undefined)
    throw imageError('IMAGE_FAULTY', {
      reference,
      count: findings.length,
      first: `${faulty.where}: ${faulty.message}`,
    });
  refuseFindings(reference, [...about, ...images.flatMap(({ records }) => records?.findings ?? [])]);
  tell(what, images, context);
}

interface CheckedImage {
  readonly image: Image;
  readonly faults: readonly ImageFinding[];
  readonly records: CheckedRecords | undefined;
}

interface CheckedRecords {
  readonly findings: readonly RecordFinding[];
  readonly summary: {
    readonly lock: string | undefined;
    readonly commit: string | undefined;
    readonly entries: number;
  };
  readonly note: string;
}

async function checkImage(
  { image, key, target }: { image: Image; key: string | undefined; target: ImageTarget },
  options: VerifyFlags,
  context: CommandContext,
): Promise<CheckedImage> {
  const faults = await validateImage(image);
  const records = key === undefined ? undefined : await readRecords({ image, key, target }, options, context);
  return { image, faults, records };
}

async function readRecords(
  { image, key, target }: { image: Image; key: string; target: ImageTarget },
  options: VerifyFlags,
  context: CommandContext,
): Promise<CheckedRecords> {
  const found = await verifyRecords(target, image, key);
  const { findings, entries, lock, commit } = found;
  const summary = { lock, commit, entries: entries.length };
  const said = `signed, of ${entries.length} signed entries, lock ${lock}, commit ${commit ?? 'unknown'}`;
  if (options.mirror === undefined)
    return { findings, summary, note: `${said}; the entries were not compared with the mirror (--mirror)` };
  const store = await openMirror(mirrorAt(options.mirror, context));
  const read = await readTrust(trustFlags(options, context));
  const compared = await verifyEntries(image, found, { store, read, temporary: tmpdir(), growElf });
  return { findings: [...findings, ...compared], summary, note: `${said}, which the mirror has` };
}

interface Checked {
  readonly what: Publishable;
  readonly images: readonly CheckedImage[];
  /** Of the index itself, and of its records. */
  readonly faults: readonly ImageFinding[];
  readonly about: readonly RecordFinding[];
}

/** The findings on standard output; of an index with the platform before each. */
function report(checked: Checked, { json }: VerifyFlags, { terminal }: CommandContext): void {
  const { what } = checked;
  const { digest } = topOf(what).descriptor;
  const own = [...checked.faults, ...checked.about];
  const images = checked.images.map(({ image, faults, records }) => ({
    platform: platformText(platformOf(image)),
    digest: image.manifest.descriptor.digest,
    layers: image.blobs.length - 1,
    findings: [...faults, ...(records?.findings ?? [])],
    ...records?.summary,
  }));
  if (json === true) {
    const [{ platform: _told, ...only } = { platform: '' }] = images;
    return terminal.json('index' in what ? { digest, findings: own, images } : only);
  }
  for (const { where, message } of own) terminal.data(`${where}: ${message}`);
  for (const { platform, findings } of images)
    for (const { where, message } of findings)
      terminal.data(`${'index' in what ? `${platform}: ` : ''}${where}: ${message}`);
}

function tell(what: Publishable, images: readonly CheckedImage[], { terminal }: CommandContext): void {
  if ('index' in what) terminal.note(`${topOf(what).descriptor.digest} is an index of ${images.length} images`);
  for (const { image, records } of images) {
    const platform = 'index' in what ? `, ${platformText(platformOf(image))}` : '';
    terminal.note(`${image.manifest.descriptor.digest} is whole: ${image.blobs.length - 1} layers${platform}`);
    terminal.note(records?.note ?? 'its records were not looked at: name the key that signs images with --key');
  }
}

function refuseFindings(reference: string, findings: readonly RecordFinding[]): void {
  const [first] = findings;
  if (first === undefined) return;
  const more = findings.length === 1 ? '' : `, and ${findings.length - 1} more`;
  throw imageError('IMAGE_RECORDS_WRONG', { reference, first: `${first.where}: ${first.message}`, more });
}
