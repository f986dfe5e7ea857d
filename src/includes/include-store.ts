import { readFile, readdir, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { atomicWrite, ifExists, sha256 } from '../kit/index.ts';

/** Bytes of all kept texts. */
const MAX_BYTES = 200_000_000;

/** Keeps included texts in a folder under their digests; those that were not read for the longest time go first. */
export class IncludeStore {
  readonly #folder: string;
  readonly #maxBytes: number;
  /** Bytes written since the folder was last looked at. */
  #unchecked = 0;

  constructor(folder: string, { maxBytes = MAX_BYTES }: { readonly maxBytes?: number } = {}) {
    this.#folder = folder;
    this.#maxBytes = maxBytes;
  }

  /** Returns the text with this digest; undefined if it is not kept, or is damaged. */
  async read(digest: string): Promise<string | undefined> {
    const path = join(this.#folder, digest);
    const text = await ifExists(readFile(path, 'utf8'));
    if (text === undefined || sha256(text) !== digest) return undefined;
    const now = new Date();
    await utimes(path, now, now).catch(() => undefined);
    return text;
  }

  /** Keeps a text, and returns its digest. */
  async write(text: string): Promise<string> {
    const digest = sha256(text);
    if ((await this.read(digest)) !== undefined) return digest;
    await atomicWrite(join(this.#folder, digest), text);
    this.#unchecked += text.length;
    if (this.#unchecked > this.#maxBytes / 20) await this.#sweep();
    return digest;
  }

  async #sweep(): Promise<void> {
    this.#unchecked = 0;
    const names = await readdir(this.#folder);
    const known = await Promise.all(names.map((name) => this.#used(name)));
    const newestFirst = known.filter((one) => one !== undefined).toSorted((one, other) => other.usedAt - one.usedAt);
    let total = 0;
    for (const { path, size } of newestFirst) {
      total += size;
      if (total > this.#maxBytes) await rm(path, { force: true });
    }
  }

  async #used(name: string) {
    const path = join(this.#folder, name);
    const found = await ifExists(stat(path));
    return found && { path, size: found.size, usedAt: found.mtimeMs };
  }
}
