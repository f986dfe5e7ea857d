import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';

/**
 * A file whose text is replaced many times. It stays open and is never emptied first: ext4 would bring each new text to
 * the disk before the file is closed, which takes longer than most jobs.
 */
export class ScriptFile {
  readonly path: string;
  readonly #fd: number;
  #size = 0;

  constructor(path: string) {
    this.path = path;
    this.#fd = openSync(path, 'wx', 0o600);
  }

  write(text: string): void {
    const bytes = Buffer.from(text);
    for (let done = 0; done < bytes.length;) done += writeSync(this.#fd, bytes, done, bytes.length - done, done);
    if (bytes.length < this.#size) ftruncateSync(this.#fd, bytes.length);
    this.#size = bytes.length;
  }

  close(): void {
    closeSync(this.#fd);
  }
}
