import type { Command } from 'commander';
import { requireFaultless, verifyImage, type VerifiedImages, type VerifiedRecords } from '../../../image/index.ts';
import { readNamedFile } from '../../../kit/index.ts';
import { growElf, openMirror } from '../../../mirror/index.ts';
import { readTrust } from '../../../notary/index.ts';
import type { CommandContext } from '../../command.ts';
import { jsonOption, keysOption, mirrorAt, trustFlags, type JsonFlag, type TrustFlags } from '../mirror/flags.ts';
import { imageArgument, imageAt } from './flags.ts';

interface VerifyFlags extends TrustFlags, JsonFlag {
  readonly key?: string;
  readonly mirror?: string;
}

/** `slipway image verify`. */
export function configureVerify(command: Command, context: CommandContext): void {
  command
    .command('verify')
    .description('read a whole image and check it, and its signature, provenance and bills of materials')
    .argument('<image>', imageArgument)
    .option(
      '--key <file>',
      'public key (`cosign.pub`) that its records must be signed with (default: SLIPWAY_IMAGE_KEY)',
    )
    .option('--mirror <url>', 'the mirror that it was made of, to compare every layer with the signed entries there')
    .option(...keysOption)
    .option(...jsonOption)
    .action((name: string, flags: VerifyFlags) => verify(name, flags, context));
}

async function verify(name: string, flags: VerifyFlags, context: CommandContext): Promise<void> {
  const image = await imageAt(name, context, 'pull');
  const key = flags.key === undefined ? context.env.SLIPWAY_IMAGE_KEY : await readNamedFile(flags.key, context.cwd);
  const verified = await verifyImage(image, { key, mirror: await mirrorOf(flags, context) });
  printFindings(verified, flags, context);
  requireFaultless(name, verified);
  printNotes(verified, flags, context);
}

async function mirrorOf(flags: VerifyFlags, context: CommandContext) {
  if (flags.mirror === undefined) return undefined;
  const store = await openMirror(mirrorAt(flags.mirror, context));
  return { store, read: await readTrust(trustFlags(flags, context)), growElf };
}

/** Prints the findings to standard output; those of an index with the platform before each. */
function printFindings(verified: VerifiedImages, { json }: VerifyFlags, { terminal }: CommandContext): void {
  const { digest, isIndex } = verified;
  const own = [...verified.faults, ...verified.findings];
  const images = verified.images.map(({ faults, records, ...image }) => {
    const { findings = [], ...summary }: Partial<VerifiedRecords> = records ?? {};
    return { ...image, findings: [...faults, ...findings], ...summary };
  });
  if (json) {
    const [{ platform: _, ...only } = { platform: '' }] = images;
    return terminal.json(isIndex ? { digest, findings: own, images } : only);
  }
  for (const { where, message } of own) terminal.data(`${where}: ${message}`);
  for (const { platform, findings } of images)
    for (const { where, message } of findings) terminal.data(`${isIndex ? `${platform}: ` : ''}${where}: ${message}`);
}

function printNotes({ digest, isIndex, images }: VerifiedImages, flags: VerifyFlags, { terminal }: CommandContext) {
  if (isIndex) terminal.note(`${digest} is an index of ${images.length} images`);
  for (const image of images) {
    const platform = isIndex ? `, ${image.platform}` : '';
    terminal.note(`${image.digest} is whole: ${image.layers} layers${platform}`);
    terminal.note(describeRecords(image.records, flags));
  }
}

function describeRecords(records: VerifiedRecords | undefined, { mirror }: VerifyFlags): string {
  if (records === undefined) return 'its records were not checked: name the key that signs images with --key';
  const { entries, lock, commit = 'unknown' } = records;
  const signed = `signed, of ${entries} signed entries, lock ${lock}, commit ${commit}`;
  return mirror === undefined
    ? `${signed}; the entries were not compared with the mirror (--mirror)`
    : `${signed}, which the mirror has`;
}
