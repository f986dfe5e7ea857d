import { revealSecret, type KeyProtectionSource, type KeySource } from '../../coordinator/index.ts';
import { readNamedFile, type Secret } from '../../kit/index.ts';
import {
  commandImageSigner,
  commandProtection,
  commandSigner,
  passphraseProtection,
  readCosignKey,
  readImagePublicKey,
  readPublicKeys,
  readSecretKey,
  type ImageSigner,
  type KeyProtection,
  type SecretKey,
  type Signer,
} from '../../notary/index.ts';

/** Where values and files of a configuration are found. */
interface KeyPlace {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Folder that relative paths are meant from. */
  readonly base: string;
}

/** Returns what encrypts the stored keys of a notary; undefined if nothing is configured. */
export async function openProtection(
  source: KeyProtectionSource | undefined,
  { env, base }: KeyPlace,
): Promise<KeyProtection | undefined> {
  if (source === undefined) return undefined;
  if ('passphrase' in source)
    return passphraseProtection(await revealSecret(source.passphrase, { env, base, purpose: 'keyProtection' }));
  const command = (words: readonly string[]) => ({ words, env });
  return commandProtection(command(source.encryptCommand), command(source.decryptCommand));
}

/** Opens the key for packages that a configuration or `SPACK_SIGNING_KEY` gives; undefined if neither does. */
export async function openSigningKey(
  source: KeySource | undefined,
  { env, base }: KeyPlace,
): Promise<SecretKey | Signer | undefined> {
  if (source !== undefined && 'signCommand' in source) {
    const [key] = await readPublicKeys(await readNamedFile(source.publicKey, base));
    return key && commandSigner(key, { words: source.signCommand, env });
  }
  const text = source === undefined ? env.SPACK_SIGNING_KEY : (await reveal(source, { env, base })).reveal();
  return text === undefined || text === '' ? undefined : readSecretKey(text);
}

/** The same for images. */
export async function openImageKey(
  source: KeySource | undefined,
  { env, base }: KeyPlace,
): Promise<ImageSigner | undefined> {
  if (source === undefined) return undefined;
  if ('signCommand' in source) {
    const key = readImagePublicKey(await readNamedFile(source.publicKey, base));
    return commandImageSigner(key, { words: source.signCommand, env });
  }
  return readCosignKey((await reveal(source, { env, base })).reveal(), env.COSIGN_PASSWORD);
}

function reveal(source: Exclude<KeySource, { signCommand: unknown }>, { env, base }: KeyPlace): Promise<Secret> {
  return revealSecret(source, { env, base, purpose: 'a key of the notary' });
}
