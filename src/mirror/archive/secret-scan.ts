import { gunzipSync } from 'node:zlib';
import type { Secret } from '../../kit/index.ts';

/** Values of secret variables by the names that people know them by. */
export type NamedSecrets = ReadonlyMap<string, Secret>;

// Shorter values stand in files by chance.
const SHORTEST = 8;
const LARGEST_LOG = 64 * 2 ** 20;

/**
 * Looks for the values of secrets, plain and in base64, in bytes that go by in chunks. Values under 8 bytes are not
 * looked for.
 */
export class SecretScan {
  readonly #needles: readonly { readonly name: string; readonly bytes: Buffer }[];
  readonly #overlap: number;
  #tail: Buffer = Buffer.alloc(0);
  /** Name of the first secret that was found. */
  found: string | undefined;

  constructor(secrets: NamedSecrets) {
    this.#needles = [...secrets].flatMap(([name, secret]) => {
      const bytes = Buffer.from(secret.reveal());
      if (bytes.length < SHORTEST) return [];
      // The last group of a base64 text depends on what follows, and is left out.
      const encoded = Buffer.from(bytes.subarray(0, bytes.length - (bytes.length % 3)).toString('base64'));
      return [{ name, bytes }, ...(encoded.length < SHORTEST ? [] : [{ name, bytes: encoded }])];
    });
    this.#overlap = Math.max(0, ...this.#needles.map(({ bytes }) => bytes.length - 1));
  }

  push(chunk: Buffer): void {
    if (this.found !== undefined || this.#overlap === 0) return;
    const seam = Buffer.concat([this.#tail, chunk.subarray(0, this.#overlap)]);
    this.found = this.#needles.find(({ bytes }) => chunk.includes(bytes) || seam.includes(bytes))?.name;
    this.#tail = (chunk.length >= this.#overlap ? chunk : Buffer.concat([this.#tail, chunk])).subarray(-this.#overlap);
  }

  /** The same for a whole file that may be gzip'd, as Spack keeps build logs. */
  pushLog(bytes: Buffer): void {
    this.push(bytes);
    if (this.#overlap === 0 || bytes.readUInt16BE(0) !== 0x1f8b) return;
    try {
      this.push(gunzipSync(bytes, { maxOutputLength: LARGEST_LOG }));
    } catch {
      // Not a gzip file after all, or a larger one than any log: its own bytes have been looked at.
    }
  }
}
