import { resolve } from 'node:path';
import { storeFromUrl } from '../mirror/index.ts';
import type { DetachedVerifier, ObjectStore, StoreAccess, Verifier } from '../mirror/index.ts';
import { createDetachedVerifier, createVerifier } from '../notary/index.ts';
import type { CommandContext } from './command.ts';
import { checkTrustedKeys, trustedKeys } from './trusted-keys.ts';

export interface TrustOptions {
  /** The ASCII-armored public keys that entries must be signed with, or a file that contains them. */
  readonly keys?: string;
  /** Also take entries without a signature, as a pull request's mirror has them. */
  readonly unsigned?: true;
}

/** The mirror that a person named: a folder (from where they are), or a URL as `storeFromUrl` knows them. */
export async function openGivenMirror(
  url: string,
  { cwd, env, terminal }: CommandContext,
  access: Pick<StoreAccess, 'mountFrom'> = {},
): Promise<ObjectStore> {
  const warn = (message: string) => terminal.note(`warning: ${message}`);
  return storeFromUrl(url.includes('://') ? url : resolve(cwd, url), env, { ...access, warn });
}

/** What entries must be signed with: the keys of `--keys`, else those of `SLIPWAY_TRUSTED_KEYS`. */
export async function readTrust(
  options: TrustOptions,
  context: CommandContext,
): Promise<{ readonly verifier?: Verifier; readonly requireSignature: boolean }> {
  const { keys, requireSignature } = await readTrustedKeys(options, context);
  return keys === undefined ? { requireSignature } : { verifier: createVerifier(keys), requireSignature };
}

/** The same where checking signatures is optional: without keys, signed and unsigned entries are read unchecked. */
export async function readTrustIfGiven(
  options: TrustOptions,
  context: CommandContext,
): Promise<{ readonly verifier?: Verifier; readonly requireSignature: boolean }> {
  const trust = await readTrust(options, context);
  return trust.verifier === undefined ? { requireSignature: false } : trust;
}

/** The same for signatures that lie beside what they sign, as mirrors of Spack up to 0.18 have them. */
export async function readDetachedTrust(
  options: TrustOptions,
  context: CommandContext,
): Promise<{ readonly verifier?: DetachedVerifier; readonly requireSignature: boolean }> {
  const { keys, requireSignature } = await readTrustedKeys(options, context);
  return keys === undefined ? { requireSignature } : { verifier: createDetachedVerifier(keys), requireSignature };
}

async function readTrustedKeys(
  options: TrustOptions,
  context: CommandContext,
): Promise<{ readonly keys: string | undefined; readonly requireSignature: boolean }> {
  const given = options.keys ?? context.env.SLIPWAY_TRUSTED_KEYS ?? '';
  const keys = await trustedKeys(given, context);
  if (keys !== undefined) await checkTrustedKeys(keys, given);
  return { keys, requireSignature: options.unsigned !== true };
}
