import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { Secret, atomicWrite, ifExists, messageOf } from '../../kit/index.ts';
import { notaryError } from '../errors.ts';
import { isProtected, readStoredKey, storedKey, type KeyProtection } from './key-protection.ts';

/** Of an OpenPGP key, or the id of a key for images. */
const Fingerprint = z.string().regex(/^(?:[0-9A-F]{40}|[0-9a-f]{64})$/);

const RingEntry = z.strictObject({
  fingerprint: Fingerprint,
  /** What the key signs: the packages of mirrors with OpenPGP, or images as cosign does. */
  use: z.enum(['packages', 'images']).default('packages'),
  /** `signing`: exactly one of each use; `accepted`: signed before, or comes from elsewhere; `revoked`: not accepted any more. */
  state: z.enum(['signing', 'accepted', 'revoked']),
  /** When it came into this state, UTC ISO 8601. */
  since: z.string(),
  /** Its secret half is configured (`signingKey`, `SPACK_SIGNING_KEY`) and is not in the folder. */
  configured: z.boolean().optional(),
});
export type RingEntry = z.infer<typeof RingEntry>;

const RingFile = z.strictObject({ keys: z.array(RingEntry) });

const OWNER_ONLY = { mode: 0o600 };

/**
 * A folder of keys: `keys.json` lists them, `<fingerprint>.pub` and `<fingerprint>.key` contain their halves. The secret
 * one is in the form of `SPACK_SIGNING_KEY` or PEM, and encrypted if a protection is given. Other processes may change
 * the folder meanwhile (`slipway key …`): `entries` notices.
 */
export class RingFolder {
  readonly path: string;
  readonly #protection: KeyProtection | undefined;
  #seen: { readonly mark: string; readonly entries: readonly RingEntry[] } | undefined;

  constructor(path: string, protection?: KeyProtection) {
    this.path = path;
    this.#protection = protection;
  }

  /** The same list object as long as nothing has changed. */
  async entries(): Promise<readonly RingEntry[]> {
    const mark = await this.#mark();
    if (this.#seen?.mark === mark) return this.#seen.entries;
    const entries = mark === '' ? [] : await this.#read();
    this.#seen = { mark, entries };
    return entries;
  }

  async write(entries: readonly RingEntry[]): Promise<void> {
    await atomicWrite(this.#list, `${JSON.stringify({ keys: entries }, null, 2)}\n`, OWNER_ONLY);
  }

  async publicKey(fingerprint: string): Promise<string> {
    return readFile(join(this.path, `${fingerprint}.pub`), 'utf8');
  }

  async savePublicKey(fingerprint: string, armored: string): Promise<void> {
    await atomicWrite(join(this.path, `${fingerprint}.pub`), armored);
  }

  /** Returns the key in a file that only the owner reads; undefined if there is none. */
  async secret(name: string): Promise<Secret | undefined> {
    const file = join(this.path, name);
    const stored = await ifExists(readFile(file, 'utf8'));
    return stored === undefined ? undefined : readStoredKey(stored, { file, protection: this.#protection });
  }

  async saveSecret(name: string, key: Secret): Promise<void> {
    await atomicWrite(join(this.path, name), await storedKey(key, this.#protection), OWNER_ONLY);
  }

  /** Encrypts keys that were stored before a protection was configured. Returns how many keys are not encrypted. */
  async protectAll(): Promise<number> {
    const names = ((await ifExists(readdir(this.path))) ?? []).filter((name) => name.endsWith('.key'));
    let plain = 0;
    for (const name of names) {
      const stored = await readFile(join(this.path, name), 'utf8');
      if (isProtected(stored)) continue;
      if (this.#protection === undefined) plain += 1;
      else await this.saveSecret(name, new Secret(stored));
    }
    return plain;
  }

  get #list(): string {
    return join(this.path, 'keys.json');
  }

  async #mark(): Promise<string> {
    const found = await ifExists(stat(this.#list));
    return found === undefined ? '' : `${found.ino} ${found.size} ${found.mtimeMs}`;
  }

  async #read(): Promise<readonly RingEntry[]> {
    try {
      return RingFile.parse(JSON.parse(await readFile(this.#list, 'utf8'))).keys;
    } catch (error) {
      throw notaryError('NOTARY_RING_BROKEN', { file: this.#list, reason: messageOf(error) }, { cause: error });
    }
  }
}
