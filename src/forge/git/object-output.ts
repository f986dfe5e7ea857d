/** An object of a repository, whole. */
export interface GitObject {
  readonly sha: string;
  readonly type: 'commit' | 'tree' | 'blob' | 'tag';
  readonly bytes: Buffer;
}

const HEADER = /^([0-9a-f]+) (\w+) (\d+)$/;
const NEWLINE = 10;

/**
 * Takes apart what `git cat-file --batch` writes: for each name a line with SHA, type and size, then the bytes and a
 * newline; or a line without them if there is no such object. `onObject` is called once for each name, in their order.
 */
export class ObjectOutput {
  readonly #onObject: (object: GitObject | undefined) => void;
  #chunks: Buffer[] = [];
  #size = 0;
  /** Of the object whose bytes come now. */
  #header: Omit<GitObject, 'bytes'> | undefined;
  /** Bytes that must be there before there is something to do. */
  #needed = 1;

  constructor(onObject: (object: GitObject | undefined) => void) {
    this.#onObject = onObject;
  }

  write(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    while (this.#size >= this.#needed && this.#advance());
  }

  /** Takes one header, or the bytes of one object; false if the header is not whole yet. */
  #advance(): boolean {
    const bytes = this.#chunks.length === 1 ? (this.#chunks[0] as Buffer) : Buffer.concat(this.#chunks);
    this.#chunks = [bytes];
    const end = this.#header === undefined ? bytes.indexOf(NEWLINE) : this.#needed - 1;
    if (end < 0) {
      this.#needed = bytes.length + 1;
      return false;
    }
    this.#chunks = [bytes.subarray(end + 1)];
    this.#size -= end + 1;
    const header = this.#header;
    this.#header = undefined;
    this.#needed = 1;
    // Copied, so that a small object does not keep all that came with it in memory.
    if (header === undefined) this.#readHeader(bytes.toString('latin1', 0, end));
    else this.#onObject({ ...header, bytes: Buffer.from(bytes.subarray(0, end)) });
    return true;
  }

  #readHeader(line: string): void {
    const [, sha, type, size] = HEADER.exec(line) ?? [];
    if (sha === undefined) return this.#onObject(undefined);
    this.#header = { sha, type: type as GitObject['type'] };
    this.#needed = Number(size) + 1;
  }
}
