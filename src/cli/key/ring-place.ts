import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { dataFolder } from '../../coordinator/index.ts';
import { KeyRing } from '../../notary/index.ts';
import type { CommandContext } from '../command.ts';
import { keyFolder } from '../notary/notary-folder.ts';
import { notaryFolder } from '../server/notary-link.ts';
import { loadServerSettings } from '../server/settings.ts';
import type { ServerSettings } from '../server/settings.ts';

/** Which notary's keys are meant. */
export interface RingFlags {
  readonly folder?: string;
  readonly config?: string;
  readonly data?: string;
  readonly json?: true;
}

/** Options of every command that works on the keys of a notary. */
export function ringOptions(command: Command): Command {
  return command
    .option('--folder <folder>', 'folder of a notary that runs alone')
    .option('-c, --config <file>', 'configuration of the server (default: slipway.server.yaml, or SLIPWAY_CONFIG)')
    .option('--data <folder>', 'folder that the server keeps everything in')
    .option('--json', 'print one line of JSON');
}

/** Folder of the notary: the named one, else that of the server's configuration. */
export async function notaryHome(flags: RingFlags, context: CommandContext): Promise<string> {
  if (flags.folder !== undefined) return resolve(context.cwd, flags.folder);
  const settings = await loadServerSettings(flags, context.env, context.cwd);
  return homeOf(settings);
}

export function homeOf(settings: ServerSettings): string {
  return notaryFolder(settings, dataFolder(settings.configuration.data));
}

/** The keys in a notary's folder, which may run meanwhile. */
export async function openRing(flags: RingFlags, context: CommandContext): Promise<{ ring: KeyRing; home: string }> {
  const home = await notaryHome(flags, context);
  return { ring: new KeyRing({ folder: keyFolder(home) }), home };
}

/** Where the logs of a notary lie. */
export function logFolder(home: string): string {
  return join(home, 'logs');
}
