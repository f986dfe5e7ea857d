import { dirname, resolve } from 'node:path';
import type { Command } from 'commander';
import { detectLayout, installTree, searchLayout } from '../../mirror/index.ts';
import type { Entry, InstalledPackage, Layout, ReadOptions } from '../../mirror/index.ts';
import { parseSpec } from '../../spack/index.ts';
import type { CommandContext } from '../command.ts';
import { cliError } from '../errors.ts';
import { openGivenMirror, readTrust } from '../given-mirror.ts';
import { growElf } from '../grow-elf.ts';
import type { TrustOptions } from '../given-mirror.ts';
import { jsonOption, keysOption, requireMirror, unsignedOption } from './mirror-flags.ts';
import type { JsonFlag } from './mirror-flags.ts';

interface InstallFlags extends TrustOptions, JsonFlag {
  readonly mirror?: string;
  readonly prefix?: string;
  readonly root?: string;
}

/** `slipway mirror install`. */
export function configureInstall(command: Command, context: CommandContext): void {
  command
    .command('install')
    .description(
      'install a package, and what it links or runs, without Spack: `slipway mirror install hdf5 --prefix P`',
    )
    .argument('<spec>', 'as on Spack’s command line: name, name@version, /hash …')
    .option('--mirror <url>', 'where it is (default: SLIPWAY_MIRROR)')
    .option('--prefix <dir>', 'where the package goes')
    .option(
      '--root <dir>',
      'the install tree, in which each package lies where its builder had it (default: the folder that holds the prefix)',
    )
    .option(...keysOption)
    .option(...unsignedOption)
    .option(...jsonOption)
    .action((spec: string, flags: InstallFlags) => install(spec, flags, context));
}

async function install(spec: string, flags: InstallFlags, context: CommandContext): Promise<void> {
  const { env, terminal } = context;
  const mirror = flags.mirror ?? env['SLIPWAY_MIRROR'];
  if (mirror === undefined) throw cliError('CLI_INSTALL_MIRROR_MISSING', {});
  const places = placesOf(flags, context);
  requireMirror(mirror, context);
  const layout = await detectLayout(await openGivenMirror(mirror, context));
  const read = await readTrust(flags, context);
  const entry = await findEntry(spec, { layout, mirror, read });
  const installed = await installTree({ layout, entry, read, growElf, ...places });
  if (flags.json) terminal.json({ installed });
  else for (const line of installed.map(lineOf)) terminal.data(line);
}

function lineOf({ name, version, hash, prefix, isNew }: InstalledPackage): string {
  return `${isNew ? 'installed' : 'was there'}  ${name}@${version} /${hash.slice(0, 7)}  ${prefix}`;
}

function placesOf(
  { prefix, root }: InstallFlags,
  { cwd }: CommandContext,
): { readonly root: string; readonly prefix?: string } {
  const given = prefix === undefined ? {} : { prefix: resolve(cwd, prefix) };
  if (root !== undefined) return { root: resolve(cwd, root), ...given };
  if (given.prefix === undefined) throw cliError('CLI_INSTALL_PLACE_MISSING', {});
  return { root: dirname(given.prefix), ...given };
}

interface Search {
  readonly layout: Layout;
  readonly mirror: string;
  readonly read: ReadOptions;
}

/** The one entry that the spec means. */
async function findEntry(spec: string, { layout, mirror, read }: Search): Promise<Entry> {
  const { found } = await searchLayout(layout, parseSpec(spec));
  const [one, ...others] = found;
  const names = found.map(({ name, version, hash }) => `${name}@${version} /${hash}`);
  if (others.length > 0) throw cliError('CLI_MIRROR_SPEC_UNCLEAR', { mirror, spec, packages: names.join(', ') });
  const entry = one && (await layout.read(one, read));
  if (entry === undefined) throw cliError('CLI_MIRROR_SPEC_MISSING', { mirror, spec });
  return entry;
}
