import { MARK } from './keeper-script.ts';

interface KeeperListener {
  output(bytes: Buffer): void;
  /** `group`: number of the process group of a job; a tool has none of its own. */
  ended(exitCode: number, isAnyLeft: boolean, group?: number): void;
}

const LONGEST_MESSAGE = 32;

/** Separates the keeper's messages from the output of jobs around them, wherever the stream is cut. */
export class KeeperOutput {
  readonly #prefix: Buffer;
  readonly #listener: KeeperListener;
  #held: Buffer = Buffer.alloc(0);

  constructor(token: string, listener: KeeperListener) {
    this.#prefix = Buffer.from(MARK + token);
    this.#listener = listener;
  }

  write(chunk: Buffer): void {
    let rest = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    for (;;) {
      const start = rest.indexOf(this.#prefix);
      if (start === -1) break;
      const end = rest.indexOf(MARK, start + this.#prefix.length);
      this.#pass(rest.subarray(0, start));
      rest = rest.subarray(start);
      if (end === -1) {
        this.#held = Buffer.from(rest);
        return;
      }
      this.#handle(rest.toString('latin1', this.#prefix.length, end - start));
      rest = rest.subarray(end - start + 1);
    }
    const open = this.#openTail(rest);
    this.#pass(rest.subarray(0, open));
    this.#held = open === rest.length ? Buffer.alloc(0) : Buffer.from(rest.subarray(open));
  }

  /** Where the end of the bytes could be the beginning of a message. */
  #openTail(bytes: Buffer): number {
    const earliest = Math.max(0, bytes.length - this.#prefix.length - LONGEST_MESSAGE);
    for (let at = bytes.indexOf(MARK, earliest); at !== -1; at = bytes.indexOf(MARK, at + 1)) {
      const tail = bytes.subarray(at);
      if (tail.length < this.#prefix.length && this.#prefix.subarray(0, tail.length).equals(tail)) return at;
    }
    return bytes.length;
  }

  #pass(bytes: Buffer): void {
    if (bytes.length > 0) this.#listener.output(bytes);
  }

  #handle(message: string): void {
    const [exitCode = '', left, group] = message.split(' ');
    this.#listener.ended(Number(exitCode), left === '1', group === undefined ? undefined : Number(group));
  }
}
