import { dirname, resolve } from 'node:path';
import type { Command } from 'commander';
import { findBySpec, growElf, installTree, openMirrorLayout, type InstalledPackage } from '../../../mirror/index.ts';
import { readTrust } from '../../../notary/index.ts';
import { packageTitle } from '../../../spack/index.ts';
import type { CommandContext } from '../../command.ts';
import { cliError } from '../../errors.ts';
import { withProgress } from '../../progress.ts';
import { addTrustOptions, jsonOption, mirrorAt, trustFlags, type JsonFlag, type TrustFlags } from './flags.ts';

interface InstallFlags extends TrustFlags, JsonFlag {
  readonly mirror?: string;
  readonly prefix?: string;
  readonly root?: string;
}

/** `slipway mirror install`. */
export function configureInstall(command: Command, context: CommandContext): void {
  const installCommand = command
    .command('install')
    .description(
      'install a package, and what it links or runs, without Spack: `slipway mirror install hdf5 --prefix P`',
    )
    .argument('<spec>', 'as on Spack’s command line: name, name@version, /hash …')
    .option('--mirror <url>', 'where it is (default: SLIPWAY_MIRROR)')
    .option('--prefix <dir>', 'where the package goes')
    .option(
      '--root <dir>',
      'the install tree, with each package where its builder had it (default: the folder that contains the prefix)',
    )
    .option(...jsonOption);
  addTrustOptions(installCommand).action((spec: string, flags: InstallFlags) => install(spec, flags, context));
}

async function install(spec: string, flags: InstallFlags, context: CommandContext): Promise<void> {
  const { env, terminal } = context;
  const mirror = flags.mirror ?? env['SLIPWAY_MIRROR'];
  if (mirror === undefined) throw cliError('CLI_INSTALL_MIRROR_MISSING', {});
  const target = targetOf(flags, context);
  const layout = await openMirrorLayout(mirrorAt(mirror, context));
  const read = await readTrust(trustFlags(flags, context));
  const entry = await findBySpec(layout, spec, read);
  const installed = await withProgress(terminal, { title: 'Installing packages' }, (onProgress) =>
    installTree({ layout, entry, read, growElf, onProgress, ...target }),
  );
  if (flags.json) terminal.json({ installed });
  else for (const line of installed.map(lineOf)) terminal.data(line);
}

function lineOf(installed: InstalledPackage): string {
  return `${installed.isNew ? 'installed' : 'was there'}  ${packageTitle(installed)}  ${installed.prefix}`;
}

function targetOf(
  { prefix, root }: InstallFlags,
  { cwd }: CommandContext,
): { readonly root: string; readonly prefix?: string } {
  const folder = prefix === undefined ? undefined : resolve(cwd, prefix);
  if (root !== undefined) return { root: resolve(cwd, root), prefix: folder };
  if (folder === undefined) throw cliError('CLI_INSTALL_FOLDER_MISSING', {});
  return { root: dirname(folder), prefix: folder };
}
