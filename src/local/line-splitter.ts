import { StringDecoder } from 'node:string_decoder';

/** Characters after which a line that does not end is passed on nevertheless: a program may print gigabytes of them. */
const LONGEST = 4 * 1024 * 1024;

/** Makes whole lines of a job's output, wherever it was cut. */
export class LineSplitter {
  readonly #decoder = new StringDecoder('utf8');
  #begun: string[] = [];
  #length = 0;

  write(bytes: Buffer): readonly string[] {
    const pieces = this.#decoder.write(bytes).split('\n');
    const rest = pieces.pop() ?? '';
    const lines = pieces.map((piece, index) => withoutReturn(index === 0 ? this.#take(piece) : piece));
    if (rest !== '') this.#begun.push(rest);
    this.#length += rest.length;
    if (this.#length > LONGEST) lines.push(this.#take(''));
    return lines;
  }

  /** The last line, if it has no end. */
  end(): readonly string[] {
    const rest = this.#take(this.#decoder.end());
    return rest === '' ? [] : [rest];
  }

  #take(last: string): string {
    const line = this.#begun.length === 0 ? last : this.#begun.join('') + last;
    this.#begun = [];
    this.#length = 0;
    return line;
  }
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}
