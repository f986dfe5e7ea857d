import { join, resolve } from 'node:path';
import { dataFolder, loadServerSettings } from '../../coordinator/index.ts';
import { KeyRing } from '../../notary/index.ts';
import type { CommandContext } from '../command.ts';
import { keyFolder, notaryFolder } from '../../server/index.ts';
import type { ServerSettings } from '../../coordinator/index.ts';
import type { RingFlags } from './ring-flags.ts';

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
