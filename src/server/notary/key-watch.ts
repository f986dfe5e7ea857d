import { hasCode, messageOf, systemClock, type Clock, type Logger } from '../../kit/index.ts';
import type { SigningIdentity } from '../../coordinator/index.ts';
import type { Verifier } from '../../mirror/index.ts';
import { createVerifier, notaryError, type KnownKey, type KnownKeys, type SigningService } from '../../notary/index.ts';

const FRESH_MS = 5000;

type KeySource = Pick<SigningService, 'knownKeys'>;

/**
 * The public keys of the notary. They are read again after some seconds, so that a rotation or revocation takes effect
 * without a restart. While the notary cannot be reached, the keys that were read last stay valid.
 */
export class KeyWatch implements SigningIdentity {
  readonly #source: KeySource;
  readonly #log: Logger;
  readonly #clock: Clock;
  readonly #listeners: ((keys: KnownKeys) => Promise<void>)[] = [];
  #known: KnownKeys;
  #verifier: Verifier;
  #readAt: number;
  #refreshing: Promise<void> | undefined;

  constructor(
    first: KnownKeys,
    { source, log, clock = systemClock }: { source: KeySource; log: Logger; clock?: Clock },
  ) {
    this.#source = source;
    this.#log = log;
    this.#clock = clock;
    this.#known = first;
    this.#verifier = verifierOf(first);
    this.#readAt = clock.now();
  }

  get fingerprint(): string {
    const signing = this.#known.keys.find(({ state }) => state === 'signing');
    if (signing === undefined) throw notaryError('NOTARY_KEY_NOT_KNOWN', { key: 'that signs', folder: 'the notary' });
    return signing.fingerprint;
  }

  get publicKey(): string {
    return validKeys(this.#known)
      .map(({ publicKey }) => publicKey)
      .join('\n');
  }

  get imageKey(): string | undefined {
    return this.#known.imageKey;
  }

  get keys(): readonly KnownKey[] {
    return this.#known.keys;
  }

  /** Accepts signatures of the present keys. For an unknown key, it reads the keys again. */
  readonly verifier: Verifier = async (text) => {
    if (this.#clock.now() - this.#readAt > FRESH_MS) await this.refresh();
    try {
      return await this.#verifier(text);
    } catch (error) {
      if (!hasCode(error, 'MIRROR_SIGNATURE_KEY_UNKNOWN') || this.#clock.now() === this.#readAt) throw error;
      await this.refresh();
      return this.#verifier(text);
    }
  };

  /** Called with the keys whenever they have changed. */
  onChange(listener: (keys: KnownKeys) => Promise<void>): void {
    this.#listeners.push(listener);
  }

  refresh(): Promise<void> {
    this.#refreshing ??= this.#read().finally(() => (this.#refreshing = undefined));
    return this.#refreshing;
  }

  async #read(): Promise<void> {
    try {
      const known = await this.#source.knownKeys();
      this.#readAt = this.#clock.now();
      if (JSON.stringify(known) === JSON.stringify(this.#known)) return;
      this.#known = known;
      this.#verifier = verifierOf(known);
      this.#log.info({ signing: this.fingerprint }, 'the keys of the notary have changed');
      for (const listener of this.#listeners) await listener(known);
    } catch (error) {
      this.#log.warn({ error: messageOf(error) }, 'the keys of the notary cannot be read; those read last stay valid');
    }
  }
}

function validKeys({ keys }: KnownKeys): readonly KnownKey[] {
  return [...keys.filter(({ state }) => state === 'signing'), ...keys.filter(({ state }) => state === 'accepted')];
}

function verifierOf(known: KnownKeys): Verifier {
  return createVerifier(validKeys(known).map(({ publicKey }) => publicKey));
}
