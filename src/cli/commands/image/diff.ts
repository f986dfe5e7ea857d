import type { Command } from 'commander';
import { diffPublished, type HeldPackage, type ImageDifference } from '../../../image/index.ts';
import type { CommandContext } from '../../command.ts';
import { jsonOption, type JsonFlag } from '../mirror/flags.ts';
import { imageArgument, imageAt } from './flags.ts';

/** `slipway image diff`. */
export function configureDiff(command: Command, context: CommandContext): void {
  command
    .command('diff')
    .description('show which packages only one of two images has, and which differ')
    .argument('<a>', imageArgument)
    .argument('<b>', imageArgument)
    .option(...jsonOption)
    .action((a: string, b: string, flags: JsonFlag) => diff({ a, b }, flags, context));
}

async function diff(
  names: { readonly a: string; readonly b: string },
  { json }: JsonFlag,
  context: CommandContext,
): Promise<void> {
  const [a, b] = [await imageAt(names.a, context, 'pull'), await imageAt(names.b, context, 'pull')];
  const differences = await diffPublished(a, b);
  const [only] = differences;
  if (only !== undefined && differences.length === 1) {
    const { platform: _, ...difference } = only;
    return json ? context.terminal.json(difference) : print(difference, '', context);
  }
  if (json) return context.terminal.json({ platforms: differences });
  for (const difference of differences) print(difference, `${difference.platform}: `, context);
  return undefined;
}

function print(difference: ImageDifference, before: string, { terminal }: CommandContext): void {
  for (const line of linesOf(difference)) terminal.data(`${before}${line}`);
  const { same, newLayers, newBytes } = difference;
  terminal.note(`${before}${same} packages are in both; ${newLayers} layers are new, ${newBytes} bytes`);
}

function linesOf({ added, removed, changed }: ImageDifference): readonly string[] {
  return [
    ...removed.map((one) => `- ${describe(one)}`),
    ...added.map((one) => `+ ${describe(one)}`),
    ...changed.map(({ name, from, to, kind }) => {
      if (kind === 'version') return `~ ${name} ${from.version} → ${to.version}`;
      const what = kind === 'variants' ? `${from.variants ?? ''} → ${to.variants ?? ''}` : 'rebuilt';
      return `~ ${name}@${to.version} ${what} (${from.hash.slice(0, 7)} → ${to.hash.slice(0, 7)})`;
    }),
  ];
}

function describe({ name, version, hash }: HeldPackage): string {
  return `${name}@${version}/${hash.slice(0, 7)}`;
}
