import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Secret, systemClock, timestamp, type Clock } from '../../kit/index.ts';
import type { Verifier } from '../../mirror/index.ts';
import type { SigningKeys } from '../signing/signing-service.ts';
import { notaryError } from '../errors.ts';
import type { KeyState, KnownKey, KnownKeys, Signer } from '../port.ts';
import { generateCosignKey, readCosignKey, type CosignKey, type ImageSigner } from './cosign-key.ts';
import type { KeyProtection } from './key-protection.ts';
import { exportSigningKey, generateKey, readSecretKey, type PublicKey, type SecretKey } from './openpgp-key.ts';
import { createSigner } from './openpgp-signer.ts';
import { RingFolder, type RingEntry } from './ring-file.ts';
import { createVerifier } from './verifier.ts';

type KeyUse = RingEntry['use'];

interface ListedKey extends KnownKey {
  readonly use: KeyUse;
  /** When it came into its state. */
  readonly since: string;
  readonly configured: boolean;
}

interface KeyRingOptions {
  readonly folder: string;
  readonly clock?: Clock;
  /** The key that signs, if it is configured and not kept in the folder; or what has that key. */
  readonly configured?: SecretKey | Signer;
  /** The same for images. */
  readonly imageKey?: ImageSigner;
  /** Encrypts the keys that are kept in the folder. */
  readonly protection?: KeyProtection;
}

/**
 * The keys of a notary. Of those for packages and those for images one each signs; keys that signed before stay accepted
 * until they are revoked. Each change replaces one file, and takes effect with the next call, also in another process
 * that has the same folder open.
 */
export class KeyRing implements SigningKeys {
  readonly #folder: RingFolder;
  readonly #clock: Clock;
  readonly #configured: SecretKey | Signer | undefined;
  readonly #imageKey: ImageSigner | undefined;
  #verifier: { readonly entries: readonly RingEntry[]; readonly verifier: Verifier } | undefined;
  #signer: { readonly entries: readonly RingEntry[]; readonly signer: Signer } | undefined;
  #imageSigner: { readonly entries: readonly RingEntry[]; readonly signer: ImageSigner } | undefined;

  constructor({ folder, clock = systemClock, configured, imageKey, protection }: KeyRingOptions) {
    this.#folder = new RingFolder(folder, protection);
    this.#clock = clock;
    this.#configured = configured;
    this.#imageKey = imageKey;
  }

  /**
   * Prepares the keys at a start: takes configured ones, makes what is missing (RSA takes seconds, once), and encrypts
   * what was stored in the clear. Returns how many keys are not encrypted.
   */
  async fill(make: () => Promise<SecretKey> = () => this.#make()): Promise<number> {
    const signing = signingOf(await this.#folder.entries(), 'packages');
    if (this.#configured !== undefined) {
      if (signing?.fingerprint !== this.#configured.fingerprint)
        await this.#put(this.#configured, { configured: true });
    } else if (signing === undefined || signing.configured === true) {
      await this.rotate(await make());
    }
    await this.#fillImages();
    return this.#folder.protectAll();
  }

  async #fillImages(): Promise<void> {
    const signing = signingOf(await this.#folder.entries(), 'images');
    if (this.#imageKey !== undefined) {
      const { id, publicKey } = this.#imageKey;
      const key = { fingerprint: id, publicKey };
      if (signing?.fingerprint !== id) await this.#put(key, { configured: true, use: 'images' });
    } else if (signing === undefined || signing.configured === true) {
      await this.rotateImageKey(generateCosignKey());
    }
  }

  async list(): Promise<readonly ListedKey[]> {
    const entries = await this.#folder.entries();
    return Promise.all(
      entries.map(async ({ fingerprint, use, state, since, configured = false }) => ({
        fingerprint,
        use,
        state,
        since,
        configured,
        publicKey: await this.#folder.publicKey(fingerprint),
      })),
    );
  }

  /** Throws NOTARY_KEY_CONFIGURED if the key that signs is configured: the next start would bring it back. */
  async refuseConfigured(use: KeyUse): Promise<void> {
    const signing = signingOf(await this.#folder.entries(), use);
    if (signing?.configured === true) throw notaryError('NOTARY_KEY_CONFIGURED', { folder: this.#folder.path });
  }

  /** Puts a key into the place of the one that signs, which stays accepted. Throws NOTARY_KEY_REVOKED. */
  async rotate(key: SecretKey): Promise<void> {
    await this.#folder.saveSecret(secretName(key.fingerprint), new Secret(`${exportSigningKey(key).reveal()}\n`));
    await this.#put(key, {});
  }

  /** The same for images. */
  async rotateImageKey({ id, publicKey, privateKey }: CosignKey): Promise<void> {
    await this.#folder.saveSecret(secretName(id), privateKey);
    await this.#put({ fingerprint: id, publicKey }, { use: 'images' });
  }

  /** Accepts what another key signed, such as that of a mirror that was taken over. */
  async accept({ fingerprint, publicKey }: PublicKey): Promise<void> {
    const entries = await this.#folder.entries();
    const known = entries.find((one) => one.fingerprint === fingerprint);
    if (known?.state === 'revoked') throw revoked(known);
    if (known !== undefined) return;
    await this.#folder.savePublicKey(fingerprint, publicKey);
    await this.#folder.write([...entries, this.#entry({ fingerprint, use: 'packages' }, 'accepted')]);
  }

  /** What this key signed counts no more; its secret half is removed. Takes a fingerprint or its last 16 digits. */
  async revoke(name: string): Promise<string> {
    const entries = await this.#folder.entries();
    const found = this.#find(entries, name);
    if (found.state === 'signing') throw notaryError('NOTARY_KEY_SIGNS', { key: found.fingerprint });
    const others = entries.filter((one) => one !== found);
    await this.#folder.write([...others, this.#entry(found, 'revoked')]);
    await rm(join(this.#folder.path, secretName(found.fingerprint)), { force: true });
    return found.fingerprint;
  }

  /** Returns the secret half of a key for packages that is in the folder; by default of the one that signs. */
  async secretKey(name?: string): Promise<SecretKey> {
    const entries = await this.#folder.entries();
    const { fingerprint } = name === undefined ? this.#signing(entries) : this.#find(entries, name);
    if (this.#configured?.fingerprint === fingerprint && 'privateKey' in this.#configured) return this.#configured;
    const key = await this.#folder.secret(secretName(fingerprint));
    if (key === undefined) throw notaryError('NOTARY_KEY_NOT_KNOWN', { key: fingerprint, folder: this.#folder.path });
    return readSecretKey(key.reveal());
  }

  async imageKey(): Promise<ImageSigner> {
    if (this.#imageKey !== undefined) return this.#imageKey;
    const entries = await this.#folder.entries();
    if (this.#imageSigner?.entries !== entries)
      this.#imageSigner = { entries, signer: await this.#openImageKey(entries) };
    return this.#imageSigner.signer;
  }

  async #openImageKey(entries: readonly RingEntry[]): Promise<ImageSigner> {
    const signing = signingOf(entries, 'images');
    const key = signing && (await this.#folder.secret(secretName(signing.fingerprint)));
    if (key === undefined) throw notaryError('NOTARY_IMAGE_KEY_MISSING');
    return readCosignKey(key.reveal());
  }

  async signer(): Promise<Signer> {
    if (this.#configured !== undefined && 'sign' in this.#configured) return this.#configured;
    const entries = await this.#folder.entries();
    if (this.#signer?.entries !== entries)
      this.#signer = { entries, signer: createSigner(await this.secretKey(), this.#clock) };
    return this.#signer.signer;
  }

  async verifier(): Promise<Verifier> {
    const entries = await this.#folder.entries();
    if (this.#verifier?.entries !== entries) {
      const valid = (await this.list()).filter(({ use, state }) => use === 'packages' && state !== 'revoked');
      const keys = valid.map(({ publicKey }) => publicKey);
      this.#verifier = { entries, verifier: createVerifier(keys, { clock: this.#clock }) };
    }
    return this.#verifier.verifier;
  }

  async knownKeys(): Promise<KnownKeys> {
    const all = await this.list();
    const known = (wanted: KeyUse) =>
      all
        .filter(({ use }) => use === wanted)
        .map(({ fingerprint, publicKey, state }) => ({ fingerprint, publicKey, state }));
    const imageKeys = known('images');
    const imageKey = imageKeys.find(({ state }) => state === 'signing')?.publicKey;
    return { keys: known('packages'), imageKeys, ...(imageKey === undefined ? {} : { imageKey }) };
  }

  async #put(
    { fingerprint, publicKey }: PublicKey,
    { use = 'packages', configured }: Partial<Pick<RingEntry, 'configured' | 'use'>>,
  ): Promise<void> {
    const entries = await this.#folder.entries();
    const known = entries.find((one) => one.fingerprint === fingerprint);
    if (known?.state === 'revoked') throw revoked(known);
    await this.#folder.savePublicKey(fingerprint, publicKey);
    const others = entries
      .filter((one) => one !== known)
      .map((one) => (one.use === use && one.state === 'signing' ? this.#entry(one, 'accepted') : one));
    const entry = this.#entry({ fingerprint, use }, 'signing');
    await this.#folder.write([configured === true ? { ...entry, configured } : entry, ...others]);
  }

  #signing(entries: readonly RingEntry[]): RingEntry {
    const found = signingOf(entries, 'packages');
    if (found === undefined)
      throw notaryError('NOTARY_KEY_NOT_KNOWN', { key: 'that signs', folder: this.#folder.path });
    return found;
  }

  #find(entries: readonly RingEntry[], name: string): RingEntry {
    const wanted = name.replace(/^0x/i, '').toUpperCase();
    const isWanted = (fingerprint: string) => fingerprint.toUpperCase().endsWith(wanted);
    const found = wanted.length < 16 ? undefined : entries.find(({ fingerprint }) => isWanted(fingerprint));
    if (found === undefined) throw notaryError('NOTARY_KEY_NOT_KNOWN', { key: name, folder: this.#folder.path });
    return found;
  }

  #entry({ fingerprint, use }: Pick<RingEntry, 'fingerprint' | 'use'>, state: KeyState): RingEntry {
    return { fingerprint, use, state, since: timestamp(this.#clock) };
  }

  #make(): Promise<SecretKey> {
    return generateKey({ name: 'Slipway', email: 'slipway@localhost', date: new Date(this.#clock.now()) });
  }
}

function signingOf(entries: readonly RingEntry[], use: KeyUse): RingEntry | undefined {
  return entries.find((one) => one.use === use && one.state === 'signing');
}

function secretName(fingerprint: string): string {
  return `${fingerprint}.key`;
}

function revoked({ fingerprint, since }: RingEntry) {
  return notaryError('NOTARY_KEY_REVOKED', { key: fingerprint, since });
}
