import { hasCode, readNamedFile } from '../kit/index.ts';
import type { CommandContext } from './command.ts';
import { cliError } from './errors.ts';

const ARMOR = '-----BEGIN PGP PUBLIC KEY BLOCK-----';

/**
 * Returns the armored public keys that `--keys` or SLIPWAY_TRUSTED_KEYS gives: the value is the path of a file with
 * keys, or the keys themselves, in armor or its base64. Undefined if no value was given.
 */
export async function trustedKeys(
  given: string | undefined,
  place: Pick<CommandContext, 'cwd'>,
): Promise<string | undefined> {
  if (given === undefined || given === '') return undefined;
  const keys = armorIn(given) ?? armorIn(await readNamedFile(given, place.cwd));
  if (keys === undefined) throw keysInvalid(given, 'it contains no public key block');
  return keys;
}

/** Throws CLI_KEYS_INVALID unless every key block can be read. The OpenPGP library is loaded for it. */
export async function checkTrustedKeys(keys: string, given: string): Promise<void> {
  const { readPublicKeys } = await import('../notary/index.ts');
  await readPublicKeys(keys).catch((error: unknown) => {
    if (!hasCode(error, 'NOTARY_KEY_UNREADABLE')) throw error;
    throw keysInvalid(given, 'its key block is damaged', error);
  });
}

function armorIn(text: string): string | undefined {
  return [text, Buffer.from(text, 'base64').toString()].find((one) => one.includes(ARMOR));
}

function keysInvalid(given: string, reason: string, cause?: unknown) {
  const source = given.includes('\n') ? 'SLIPWAY_TRUSTED_KEYS' : given;
  return cliError('CLI_KEYS_INVALID', { source, reason }, { cause });
}
