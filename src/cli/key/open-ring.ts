import { resolve } from 'node:path';
import { notaryFolder, type KeyProtectionSource } from '../../coordinator/index.ts';
import { asOwnerOf } from '../../kit/index.ts';
import { KeyRing, keyFolder } from '../../notary/index.ts';
import { loadNotaryConfiguration, openProtection } from '../../server/index.ts';
import type { CommandContext } from '../command.ts';
import { readServerSettings } from '../server-settings.ts';
import type { RingFlags } from './ring-flags.ts';

/**
 * Opens the keys in a notary's folder: the named one, that of a notary's configuration, or else that of the server's. The
 * notary may run meanwhile.
 */
export async function openRing(flags: RingFlags, context: CommandContext): Promise<{ ring: KeyRing; home: string }> {
  const { home, base, keyProtection } = await locateRing(flags, context);
  const protection = await openProtection(keyProtection, { env: context.env, base });
  return { ring: new KeyRing({ folder: keyFolder(home), protection }), home };
}

interface RingLocation {
  readonly home: string;
  /** Folder that relative paths start from. */
  readonly base: string;
  readonly keyProtection?: KeyProtectionSource | undefined;
}

/** Does work as the owner of a notary's folder, if root asks for it. */
export async function asRingOwner<T>(flags: RingFlags, context: CommandContext, work: () => Promise<T>): Promise<T> {
  return asOwnerOf((await locateRing(flags, context)).home, work);
}

async function locateRing(flags: RingFlags, context: CommandContext): Promise<RingLocation> {
  const { cwd } = context;
  if (flags.folder !== undefined) return { home: resolve(cwd, flags.folder), base: cwd };
  if (flags.notaryConfig !== undefined) {
    const { configuration, base } = await loadNotaryConfiguration(flags.notaryConfig, cwd);
    const { folder, keyProtection } = configuration;
    return { home: resolve(base, folder), base, keyProtection };
  }
  const settings = await readServerSettings(flags, context);
  return { home: notaryFolder(settings), base: settings.base, keyProtection: settings.configuration.keyProtection };
}
