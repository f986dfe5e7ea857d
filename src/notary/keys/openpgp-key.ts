import { generateKey as generate, readKeys, readPrivateKey, type Key, type PrivateKey } from 'openpgp';
import { Secret, SlipwayError, messageOf } from '../../kit/index.ts';
import { notaryError } from '../errors.ts';

export interface PublicKey {
  /** Of the primary key: 40 upper-case hexadecimal digits. */
  readonly fingerprint: string;
  /** ASCII-armored public key block of this key alone. */
  readonly publicKey: string;
}

/** An OpenPGP key that can sign. */
export interface SecretKey extends PublicKey {
  /** ASCII-armored private key block, without a passphrase. */
  readonly privateKey: Secret;
}

interface KeyRequest {
  readonly name: string;
  readonly email?: string;
  readonly date: Date;
  /**
   * RSA with 4096 bits by default: takes some seconds to make, once, and is read by every `gpg` that clusters
   * still have (2.0 of CentOS 7 knows no Ed25519). Version 4 in any case: GnuPG reads no version 6, and only
   * signatures of version 4 carry the `Hash:` header without which Spack finds no text.
   */
  readonly algorithm?: 'rsa4096' | 'ed25519';
}

/** Makes a signing key without a passphrase and without an end; slow with RSA (seconds). */
export async function generateKey({ name, email, date, algorithm = 'rsa4096' }: KeyRequest): Promise<SecretKey> {
  const { privateKey } = await generate({
    type: algorithm === 'rsa4096' ? 'rsa' : 'ecc',
    rsaBits: 4096,
    curve: 'ed25519Legacy',
    userIDs: [{ name, email }],
    date,
    subkeys: [],
    format: 'object',
    config: { v6Keys: false },
  });
  return secretKey(privateKey);
}

/**
 * Reads a signing key: ASCII armor, or the one line of base64 that `SPACK_SIGNING_KEY` holds. Public blocks beside it
 * are skipped.
 */
export async function readSecretKey(text: string): Promise<SecretKey> {
  const blocks = armorBlocks(plainArmor(text), 'PRIVATE');
  const [block] = blocks;
  if (block === undefined || blocks.length > 1)
    throw notaryError('NOTARY_KEY_UNREADABLE', {
      what: 'signing key',
      reason: `it holds ${blocks.length === 0 ? 'no private key block' : `${blocks.length} private keys`}`,
    });
  const key = await reading('signing key', () => readPrivateKey({ armoredKey: block }));
  if (!key.isDecrypted()) throw notaryError('NOTARY_KEY_LOCKED', { key: fingerprintOf(key) });
  return secretKey(key);
}

/** The key in the form of `SPACK_SIGNING_KEY`: public block and private block, base64 on one line. */
export function exportSigningKey(key: SecretKey): Secret {
  return new Secret(Buffer.from(`${key.publicKey}\n${key.privateKey.reveal()}`).toString('base64'));
}

/** Reads any number of public key blocks, one after the other as a file or a variable holds them. */
export async function readPublicKeys(armored: string): Promise<readonly PublicKey[]> {
  return (await readKeyObjects(armored)).map((key) => ({
    fingerprint: fingerprintOf(key),
    publicKey: key.toPublic().armor(),
  }));
}

/** The same as the library's own objects, for this module only. */
export async function readKeyObjects(armored: string): Promise<readonly Key[]> {
  const keys: Key[] = [];
  for (const block of armorBlocks(plainArmor(armored), 'PUBLIC')) {
    keys.push(...(await reading('public key', () => readKeys({ armoredKeys: block }))));
  }
  if (keys.length === 0 && armored.trim() !== '') {
    throw notaryError('NOTARY_KEY_UNREADABLE', { what: 'public key', reason: 'there is no public key block in it' });
  }
  return keys;
}

export function fingerprintOf(key: Key): string {
  return key.getFingerprint().toUpperCase();
}

function secretKey(key: PrivateKey): SecretKey {
  return { fingerprint: fingerprintOf(key), publicKey: key.toPublic().armor(), privateKey: new Secret(key.armor()) };
}

function plainArmor(text: string): string {
  return text.includes('-----BEGIN') ? text : Buffer.from(text.trim(), 'base64').toString();
}

function armorBlocks(text: string, half: 'PUBLIC' | 'PRIVATE'): readonly string[] {
  const block = new RegExp(`-----BEGIN PGP ${half} KEY BLOCK-----[\\s\\S]*?-----END PGP ${half} KEY BLOCK-----`, 'g');
  return text.match(block) ?? [];
}

async function reading<T>(what: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof SlipwayError) throw error;
    throw notaryError('NOTARY_KEY_UNREADABLE', { what, reason: messageOf(error) }, { cause: error });
  }
}
