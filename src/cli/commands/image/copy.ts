import { resolve } from 'node:path';
import type { Command } from 'commander';
import { copyImage, unpackImage } from '../../../image/index.ts';
import { readImage } from '../../../oci/index.ts';
import type { CommandContext } from '../../command.ts';
import { withProgress } from '../../progress.ts';
import { jsonOption, type JsonFlag } from '../mirror/flags.ts';
import { imageArgument, imageAt } from './flags.ts';

/** `slipway image publish|unpack`. */
export function configureCopy(command: Command, context: CommandContext): void {
  command
    .command('publish')
    .description('copy an image to a registry or a layout; only what is missing there is sent')
    .argument('<source>', imageArgument)
    .argument('<target>', imageArgument)
    .option(...jsonOption)
    .action((source: string, target: string, flags: JsonFlag) => publish({ source, target }, flags, context));
  command
    .command('unpack')
    .description('unpack an image into a new folder')
    .argument('<image>', imageArgument)
    .argument('<folder>', 'must not exist yet, or be empty')
    .option('--platform <platform>', 'of an index: `linux/arm64` or `linux/amd64/v3` (default: the first)')
    .action((name: string, folder: string, { platform }: { platform?: string }) =>
      unpack({ name, folder, platform }, context),
    );
}

async function publish(
  ends: { readonly source: string; readonly target: string },
  { json }: JsonFlag,
  context: CommandContext,
): Promise<void> {
  const from = await imageAt(ends.source, context, 'pull');
  const to = await imageAt(ends.target, context, 'push');
  const what = { title: 'Sending', isBytes: true };
  const published = await withProgress(context.terminal, what, (onBytes) => copyImage(from, to, { onBytes }));
  if (json) return context.terminal.json(published);
  context.terminal.data(`${published.reference}@${published.digest}`);
  return context.terminal.note(
    `sent ${published.layersUploaded} of ${published.layers} layers, ` +
      `${published.bytesUploaded} of ${published.bytesTotal} bytes`,
  );
}

async function unpack(
  { name, folder, platform }: { readonly name: string; readonly folder: string; readonly platform?: string },
  context: CommandContext,
): Promise<void> {
  const { target, reference } = await imageAt(name, context, 'pull');
  const [os = '', architecture = '', variant] = platform?.split('/') ?? [];
  const image = await readImage(target, reference, platform === undefined ? undefined : { os, architecture, variant });
  await unpackImage(image, resolve(context.cwd, folder));
}
