import { resolve } from 'node:path';
import { loadServerSettings, notaryFolder } from '../../coordinator/index.ts';
import { KeyRing, keyFolder } from '../../notary/index.ts';
import type { CommandContext } from '../command.ts';
import type { RingFlags } from './ring-flags.ts';

/**
 * Opens the keys in a notary's folder: the named one, else that of the server's configuration. It may run meanwhile.
 */
export async function openRing(flags: RingFlags, context: CommandContext): Promise<{ ring: KeyRing; home: string }> {
  const home = await homeOf(flags, context);
  return { ring: new KeyRing({ folder: keyFolder(home) }), home };
}

async function homeOf(flags: RingFlags, { env, cwd }: CommandContext): Promise<string> {
  if (flags.folder !== undefined) return resolve(cwd, flags.folder);
  return notaryFolder(await loadServerSettings(flags, env, cwd));
}
