import type { Command } from 'commander';
import { describePackage, packagesOf, planImage, type ImagePlan } from '../../../image/index.ts';
import { openMirror, readEntries } from '../../../mirror/index.ts';
import { readTrust } from '../../../notary/index.ts';
import type { CommandContext } from '../../command.ts';
import { jsonOption, keysOption, mirrorAt, trustFlags } from '../mirror/flags.ts';
import type { Terminal } from '../../terminal.ts';
import { historyOption, mirrorOption, readHistory, readNamedLock, unsignedOption, type LayerFlags } from './flags.ts';

interface PlanFlags extends LayerFlags {
  readonly lock: string;
  readonly layers?: string;
}

/** `slipway image plan`. */
export function configurePlan(command: Command, context: CommandContext): void {
  command
    .command('plan')
    .description('show the layers of an image of this lock; writes nothing')
    .requiredOption('--lock <file>', 'the lock (spack.lock) whose packages go into the image')
    .requiredOption(...mirrorOption)
    .option(...historyOption)
    .option('--layers <number>', 'the most layers that packages may have')
    .option(...keysOption)
    .option(...unsignedOption)
    .option(...jsonOption)
    .action((flags: PlanFlags) => plan(flags, context));
}

async function plan(flags: PlanFlags, context: CommandContext): Promise<void> {
  const lock = await readNamedLock(flags.lock, context);
  const store = await openMirror(mirrorAt(flags.mirror, context));
  const planned = planImage({
    lock,
    entries: await readEntries([store], packagesOf(lock), await readTrust(trustFlags(flags, context))),
    allowUnsigned: flags.unsigned === true,
    layerLimit: flags.layers === undefined ? undefined : Number(flags.layers),
    history: await readHistory(flags, context),
  });
  printPlan(planned, { isJson: flags.json === true, terminal: context.terminal });
}

/** Prints the layers of a plan, and what the next change is expected to have people pull. */
function printPlan(planned: ImagePlan, { isJson, terminal }: { isJson: boolean; terminal: Terminal }): void {
  const layers = planned.layers.map(({ packages }) => ({
    packages: packages.map(({ node }) => describePackage(node)),
    bytes: packages.reduce((sum, { tarball }) => sum + tarball.size, 0),
  }));
  const { architecture, size: bytes, forecast } = planned;
  if (isJson) return terminal.json({ architecture, bytes, layers, forecast });
  for (const layer of layers) terminal.data(`${layer.packages.join(' ')}  ${layer.bytes} bytes`);
  terminal.note(`${layers.length} layers, ${planned.packages.length} packages, ${bytes} bytes, linux/${architecture}`);
  return terminal.note(
    `expected of the next change: ${forecast.planned} bytes to pull; ${forecast.ideal} with a layer a package, ` +
      `${forecast.firstFew} with layers for the first packages only, ${forecast.oneLayer} with one layer`,
  );
}
