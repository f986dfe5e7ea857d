type Mention = 'text' | 'binary' | 'none';

const magics = ['7f454c46', 'feedface', 'feedfacf', 'cefaedfe', 'cffaedfe', 'cafebabe'].map((hex) =>
  Buffer.from(hex, 'hex'),
);

/** Finds out, while a file's bytes go by, whether it names a path, and whether it is text or a program. */
export class RootScan {
  readonly #needle: Buffer;
  #tail: Buffer = Buffer.alloc(0);
  #start: Buffer = Buffer.alloc(0);
  #found = false;
  #hasZero = false;

  constructor(root: string) {
    this.#needle = Buffer.from(root);
  }

  push(chunk: Buffer): void {
    if (this.#start.length < 4) this.#start = Buffer.concat([this.#start, chunk]).subarray(0, 4);
    this.#hasZero ||= chunk.includes(0);
    if (this.#found) return;
    const head = Buffer.concat([this.#tail, chunk.subarray(0, this.#needle.length - 1)]);
    this.#found = head.includes(this.#needle) || chunk.includes(this.#needle);
    this.#tail = (chunk.length >= this.#needle.length ? chunk : Buffer.concat([this.#tail, chunk])).subarray(
      -(this.#needle.length - 1),
    );
  }

  /** Programs are ELF and Mach-O; other files with zero bytes (archives, images) are not relocated by Spack. */
  result(): Mention {
    if (!this.#found) return 'none';
    if (magics.some((magic) => this.#start.equals(magic))) return 'binary';
    return this.#hasZero ? 'none' : 'text';
  }
}
