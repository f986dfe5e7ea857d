import { StringDecoder } from 'node:string_decoder';

/** Makes whole lines of a job's output, wherever it was cut. */
export class LineSplitter {
  readonly #decoder = new StringDecoder('utf8');
  #rest = '';

  write(bytes: Buffer): readonly string[] {
    const lines = (this.#rest + this.#decoder.write(bytes)).split(/\r?\n/);
    this.#rest = lines.pop() ?? '';
    return lines;
  }

  /** The last line, if it has no end. */
  end(): readonly string[] {
    const rest = this.#rest + this.#decoder.end();
    this.#rest = '';
    return rest === '' ? [] : [rest];
  }
}
