import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock, timestamp, type Clock } from '../../kit/index.ts';
import type { Verifier } from '../../mirror/index.ts';
import type { SigningKeys } from '../signing/signing-service.ts';
import { notaryError } from '../errors.ts';
import type { KeyState, KnownKey, KnownKeys, Signer } from '../port.ts';
import { generateCosignKey, readCosignKey, type CosignKey } from './cosign-key.ts';
import { exportSigningKey, generateKey, readSecretKey, type PublicKey, type SecretKey } from './openpgp-key.ts';
import { createSigner } from './openpgp-signer.ts';
import { RingFolder, type RingEntry } from './ring-file.ts';
import { createVerifier } from './verifier.ts';

const COSIGN = 'cosign.key';

interface KeyRingOptions {
  readonly folder: string;
  readonly clock?: Clock;
  /** The key that signs, if it is configured and not kept in the folder. */
  readonly configured?: SecretKey;
  /** The same for images. */
  readonly imageKey?: CosignKey;
}

/**
 * The keys of a notary: one signs; those that signed before stay accepted until they are revoked. Each change is one
 * replaced file, and takes effect with the next call, also in another process that has the same folder open.
 */
export class KeyRing implements SigningKeys {
  readonly #folder: RingFolder;
  readonly #clock: Clock;
  readonly #configured: SecretKey | undefined;
  readonly #imageKey: CosignKey | undefined;
  #verifier: { readonly entries: readonly RingEntry[]; readonly verifier: Verifier } | undefined;
  #signer: { readonly entries: readonly RingEntry[]; readonly signer: Signer } | undefined;

  constructor({ folder, clock = systemClock, configured, imageKey }: KeyRingOptions) {
    this.#folder = new RingFolder(folder);
    this.#clock = clock;
    this.#configured = configured;
    this.#imageKey = imageKey;
  }

  /** Takes the configured key, and makes what is missing. RSA takes seconds, once. */
  async fill(make: () => Promise<SecretKey> = () => this.#make()): Promise<void> {
    const entries = await this.#folder.entries();
    const signing = entries.find(({ state }) => state === 'signing');
    if (this.#configured !== undefined) {
      if (signing?.fingerprint !== this.#configured.fingerprint)
        await this.#put(this.#configured, { configured: true });
    } else if (signing === undefined || signing.configured === true) {
      await this.rotate(await make());
    }
    if (this.#imageKey === undefined && (await this.#folder.secret(COSIGN)) === undefined)
      await this.importImageKey(generateCosignKey());
  }

  async list(): Promise<readonly (KnownKey & { readonly since: string; readonly configured: boolean })[]> {
    const entries = await this.#folder.entries();
    return Promise.all(
      entries.map(async ({ fingerprint, state, since, configured = false }) => ({
        fingerprint,
        state,
        since,
        configured,
        publicKey: await this.#folder.publicKey(fingerprint),
      })),
    );
  }

  /** Throws NOTARY_KEY_CONFIGURED if the key that signs is configured: the next start would bring it back. */
  async refuseConfigured(): Promise<void> {
    const signing = (await this.#folder.entries()).find(({ state }) => state === 'signing');
    if (signing?.configured === true) throw notaryError('NOTARY_KEY_CONFIGURED', { folder: this.#folder.path });
  }

  /** Replaces the key that signs, which stays accepted. Throws NOTARY_KEY_REVOKED. */
  async rotate(key: SecretKey): Promise<void> {
    await this.#folder.saveSecret(secretName(key.fingerprint), `${exportSigningKey(key).reveal()}\n`);
    await this.#put(key, {});
  }

  /** Accepts signatures of another key, such as that of a mirror that was taken over. */
  async accept({ fingerprint, publicKey }: PublicKey): Promise<void> {
    const entries = await this.#folder.entries();
    const known = entries.find((one) => one.fingerprint === fingerprint);
    if (known?.state === 'revoked') throw revoked(known);
    if (known !== undefined) return;
    await this.#folder.savePublicKey(fingerprint, publicKey);
    await this.#folder.write([...entries, this.#entry(fingerprint, 'accepted')]);
  }

  /** Revokes a key, by its fingerprint or its last 16 digits, and removes its secret half. */
  async revoke(name: string): Promise<string> {
    const entries = await this.#folder.entries();
    const found = this.#find(entries, name);
    if (found.state === 'signing') throw notaryError('NOTARY_KEY_SIGNS', { key: found.fingerprint });
    const others = entries.filter((one) => one !== found);
    await this.#folder.write([...others, this.#entry(found.fingerprint, 'revoked')]);
    await rm(join(this.#folder.path, secretName(found.fingerprint)), { force: true });
    return found.fingerprint;
  }

  /** The secret half of a key; by default of the one that signs. */
  async secretKey(name?: string): Promise<SecretKey> {
    const entries = await this.#folder.entries();
    const found = name === undefined ? this.#signing(entries) : this.#find(entries, name);
    if (this.#configured?.fingerprint === found.fingerprint) return this.#configured;
    const text = await this.#folder.secret(secretName(found.fingerprint));
    if (text === undefined)
      throw notaryError('NOTARY_KEY_NOT_KNOWN', { key: found.fingerprint, folder: this.#folder.path });
    return readSecretKey(text);
  }

  async importImageKey(key: CosignKey): Promise<void> {
    await this.#folder.saveSecret(COSIGN, key.privateKey.reveal());
  }

  async imageKey(): Promise<CosignKey> {
    if (this.#imageKey !== undefined) return this.#imageKey;
    const pem = await this.#folder.secret(COSIGN);
    if (pem === undefined) throw notaryError('NOTARY_IMAGE_KEY_MISSING');
    return readCosignKey(pem);
  }

  async signer(): Promise<Signer> {
    const entries = await this.#folder.entries();
    if (this.#signer?.entries !== entries)
      this.#signer = { entries, signer: createSigner(await this.secretKey(), this.#clock) };
    return this.#signer.signer;
  }

  async verifier(): Promise<Verifier> {
    const entries = await this.#folder.entries();
    if (this.#verifier?.entries !== entries) {
      const counting = (await this.list()).filter(({ state }) => state !== 'revoked');
      const keys = counting.map(({ publicKey }) => publicKey);
      this.#verifier = { entries, verifier: createVerifier(keys, { clock: this.#clock }) };
    }
    return this.#verifier.verifier;
  }

  async knownKeys(): Promise<KnownKeys> {
    const keys = (await this.list()).map(({ fingerprint, publicKey, state }) => ({ fingerprint, publicKey, state }));
    return { keys, imageKey: (await this.imageKey()).publicKey };
  }

  async #put(key: SecretKey, more: Pick<RingEntry, 'configured'>): Promise<void> {
    const entries = await this.#folder.entries();
    const known = entries.find(({ fingerprint }) => fingerprint === key.fingerprint);
    if (known?.state === 'revoked') throw revoked(known);
    await this.#folder.savePublicKey(key.fingerprint, key.publicKey);
    const others = entries
      .filter((one) => one !== known)
      .map((one) => (one.state === 'signing' ? this.#entry(one.fingerprint, 'accepted') : one));
    await this.#folder.write([{ ...this.#entry(key.fingerprint, 'signing'), ...more }, ...others]);
  }

  #signing(entries: readonly RingEntry[]): RingEntry {
    const found = entries.find(({ state }) => state === 'signing');
    if (found === undefined)
      throw notaryError('NOTARY_KEY_NOT_KNOWN', { key: 'that signs', folder: this.#folder.path });
    return found;
  }

  #find(entries: readonly RingEntry[], name: string): RingEntry {
    const digits = name.replace(/^0x/i, '').toUpperCase();
    const found = entries.find(({ fingerprint }) => digits.length >= 16 && fingerprint.endsWith(digits));
    if (found === undefined) throw notaryError('NOTARY_KEY_NOT_KNOWN', { key: name, folder: this.#folder.path });
    return found;
  }

  #entry(fingerprint: string, state: KeyState): RingEntry {
    return { fingerprint, state, since: timestamp(this.#clock) };
  }

  #make(): Promise<SecretKey> {
    return generateKey({ name: 'Slipway', email: 'slipway@localhost', date: new Date(this.#clock.now()) });
  }
}

function secretName(fingerprint: string): string {
  return `${fingerprint}.key`;
}

function revoked({ fingerprint, since }: RingEntry) {
  return notaryError('NOTARY_KEY_REVOKED', { key: fingerprint, since });
}
