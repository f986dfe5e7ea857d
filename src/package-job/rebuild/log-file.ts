import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';

/** A job's log as a file. On a full disk the file ends early, and the build goes on. */
export class LogFile {
  #fault: Error | undefined;
  readonly #stream;

  constructor(path: string) {
    this.#stream = createWriteStream(path);
    this.#stream.on('error', (error) => (this.#fault ??= error));
  }

  write(line: string): void {
    if (this.#fault === undefined) this.#stream.write(`${line}\n`);
  }

  /** Returns why the file is not complete, if it is not. */
  async close(): Promise<Error | undefined> {
    await finished(this.#stream.end()).catch((error: Error) => (this.#fault ??= error));
    return this.#fault;
  }
}
