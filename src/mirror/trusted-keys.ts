import { readNamedFile } from '../kit/index.ts';
import { mirrorError } from './errors.ts';

const ARMOR = '-----BEGIN PGP PUBLIC KEY BLOCK-----';

/**
 * Returns the armored public keys that `--keys` or SLIPWAY_TRUSTED_KEYS gives: the value is the path of a file with
 * keys, or the keys themselves, in armor or its base64. Undefined if there is no value.
 */
export async function trustedKeys(value: string | undefined, cwd: string): Promise<string | undefined> {
  if (value === undefined || value === '') return undefined;
  const keys = armorIn(value) ?? armorIn(await readNamedFile(value, cwd));
  if (keys === undefined) throw invalidKeys(value, 'it contains no public key block');
  return keys;
}

export function invalidKeys(value: string, reason: string, cause?: unknown) {
  const source = value.includes('\n') ? 'SLIPWAY_TRUSTED_KEYS' : value;
  return mirrorError('MIRROR_KEYS_INVALID', { source, reason }, { cause });
}

function armorIn(text: string): string | undefined {
  return [text, Buffer.from(text, 'base64').toString()].find((one) => one.includes(ARMOR));
}
