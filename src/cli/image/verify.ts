import { tmpdir } from 'node:os';
import { imageError, verifyEntries, verifyRecords } from '../../image/index.ts';
import type { Image, RecordFinding } from '../../image/index.ts';
import { readImage, validateImage } from '../../oci/index.ts';
import type { ImageTarget } from '../../oci/index.ts';
import type { CommandContext } from '../command.ts';
import { readGivenFile } from '../given-file.ts';
import { openGivenMirror, readTrust } from '../given-mirror.ts';
import { growElf } from '../grow-elf.ts';
import { openImagePlace } from '../image-place.ts';

export interface VerifyFlags {
  readonly key?: string;
  readonly mirror?: string;
  readonly keys?: string;
  readonly json?: true;
}

/** Checks an image whole, then its records, as far as there is a key to believe them by. */
export async function verify(reference: string, options: VerifyFlags, context: CommandContext): Promise<void> {
  const { terminal } = context;
  const place = await openImagePlace(reference, context, { access: 'pull' });
  const image = await readImage(place.target, place.reference);
  const findings = await validateImage(image);
  const { digest } = image.manifest.descriptor;
  const key = options.key === undefined ? context.env.SLIPWAY_IMAGE_KEY : await readGivenFile(options.key, context);
  const records =
    key === undefined ? undefined : await readRecords({ image, key, target: place.target }, options, context);
  const layers = image.blobs.length - 1;
  const all = [...findings, ...(records?.findings ?? [])];
  if (options.json) terminal.json({ digest, layers, findings: all, ...records?.summary });
  else for (const { where, message } of all) terminal.data(`${where}: ${message}`);
  const [faulty] = findings;
  if (faulty !== undefined)
    throw imageError('IMAGE_FAULTY', {
      reference,
      count: findings.length,
      first: `${faulty.where}: ${faulty.message}`,
    });
  refuseFindings(reference, records?.findings ?? []);
  terminal.note(`${digest} is whole: ${layers} layers`);
  terminal.note(records?.note ?? 'its records were not looked at: name the key that signs images with --key');
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

async function readRecords(
  { image, key, target }: { image: Image; key: string; target: ImageTarget },
  options: VerifyFlags,
  context: CommandContext,
): Promise<CheckedRecords> {
  const report = await verifyRecords(target, image, key);
  const { findings, entries, lock, commit } = report;
  const summary = { lock, commit, entries: entries.length };
  const said = `signed, of ${entries.length} signed entries, lock ${lock}, commit ${commit ?? 'unknown'}`;
  if (options.mirror === undefined)
    return { findings, summary, note: `${said}; the entries were not compared with the mirror (--mirror)` };
  const store = openGivenMirror(options.mirror, context);
  const read = await readTrust(options, context);
  const compared = await verifyEntries(image, report, { store, read, temporary: tmpdir(), growElf });
  return { findings: [...findings, ...compared], summary, note: `${said}, which the mirror has` };
}

function refuseFindings(reference: string, findings: readonly RecordFinding[]): void {
  const [first] = findings;
  if (first === undefined) return;
  const more = findings.length === 1 ? '' : `, and ${findings.length - 1} more`;
  throw imageError('IMAGE_RECORDS_WRONG', { reference, first: `${first.where}: ${first.message}`, more });
}
