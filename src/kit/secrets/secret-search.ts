import { scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { BytePatterns, withoutLineBreaks } from './byte-patterns.ts';
import { redact } from './redact.ts';
import { encodedForms } from './secret-encodings.ts';
import type { Secret } from './secret.ts';

/** Values of secrets with the names of their variables; a map is one. */
export type NamedSecrets = Iterable<readonly [name: string, value: Secret]>;

/** Characters; shorter values stand in files by chance. */
const SHORTEST_SEARCHED = 8;

/**
 * Finds the values of secrets, in each of `secretEncodings`, in files. Make one for all files; without secrets of at
 * least eight characters it is empty and costs nothing.
 */
export class SecretSearch {
  readonly #patterns: BytePatterns<string>;
  readonly #values: readonly string[];
  #digest: Promise<string> | undefined;

  constructor(secrets: NamedSecrets) {
    const searched = Array.from(secrets, ([name, secret]) => ({ name, value: secret.reveal() })).filter(
      ({ value }) => value.length >= SHORTEST_SEARCHED,
    );
    this.#values = searched.map(({ value }) => value);
    const forms = searched.flatMap(({ name, value }) => encodedForms(value).map((form) => [form, name] as const));
    this.#patterns = new BytePatterns(forms);
  }

  get isEmpty(): boolean {
    return this.#patterns.isEmpty;
  }

  /**
   * Returns a digest of the set of values, which is the same in every process; undefined for an empty one. It may be
   * stored beside what was searched: it takes long to compute, so that values cannot be guessed from it.
   */
  async digest(): Promise<string | undefined> {
    if (this.isEmpty) return undefined;
    const values = JSON.stringify([...new Set(this.#values)].toSorted());
    this.#digest ??= promisify<string, string, number, Buffer>(scrypt)(values, 'slipway secrets', 32).then((key) =>
      key.toString('hex'),
    );
    return this.#digest;
  }

  /** Begins the search of one file. */
  open(): SecretScan {
    return new SecretScan(this.#patterns);
  }

  /** Returns the name of the first secret that a text or a small file contains. */
  find(content: string | Uint8Array): string | undefined {
    const scan = this.open();
    scan.push(typeof content === 'string' ? Buffer.from(content) : Buffer.from(content));
    return scan.found;
  }

  /** Returns a path as a message may show it: its names can contain secrets too. */
  mask(path: string): string {
    return this.find(path) === undefined ? path : redact(path, this.#values);
  }
}

/** The search of bytes that arrive in chunks. */
export class SecretScan {
  readonly #patterns: BytePatterns<string>;
  #tail: Buffer = Buffer.alloc(0);
  /** Name of the first secret that was found. */
  found: string | undefined;

  constructor(patterns: BytePatterns<string>) {
    this.#patterns = patterns;
  }

  push(chunk: Buffer): void {
    if (this.found !== undefined || this.#patterns.isEmpty) return;
    const bytes = Buffer.concat([this.#tail, withoutLineBreaks(chunk)]);
    this.found = this.#patterns.find(bytes, 0)?.value;
    this.#tail = bytes.subarray(Math.max(0, bytes.length - this.#patterns.longest + 1));
  }
}
