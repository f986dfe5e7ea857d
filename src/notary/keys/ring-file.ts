import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { atomicWrite, ifExists, messageOf } from '../../kit/index.ts';
import { notaryError } from '../errors.ts';

const Fingerprint = z.string().regex(/^[0-9A-F]{40}$/);

const RingEntry = z.strictObject({
  fingerprint: Fingerprint,
  /** `signing`: exactly one; `accepted`: signed before, or comes from elsewhere; `revoked`: not accepted any more. */
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
 * A folder of keys: `keys.json` lists them, `<fingerprint>.pub` and `<fingerprint>.key` hold their halves,
 * the secret one as `SPACK_SIGNING_KEY`. Another process may change it (`slipway key …`): `entries` notices.
 */
export class RingFolder {
  readonly path: string;
  #seen: { readonly mark: string; readonly entries: readonly RingEntry[] } | undefined;

  constructor(path: string) {
    this.path = path;
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

  /** The content of a file that only the owner reads; undefined if there is none. */
  async secret(name: string): Promise<string | undefined> {
    return ifExists(readFile(join(this.path, name), 'utf8'));
  }

  async saveSecret(name: string, text: string): Promise<void> {
    await atomicWrite(join(this.path, name), text, OWNER_ONLY);
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
