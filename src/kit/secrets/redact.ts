import { BytePatterns, SHORTEST_PATTERN, withoutLineBreaks } from './byte-patterns.ts';
import { encodedForms } from './secret-encodings.ts';

const MASK = Buffer.from('[MASKED]');
/** Characters; shorter lines of a secret are not masked by themselves. */
const SHORTEST_LINE = 8;
/** Characters of an encoded secret that may be shown where a line ends behind them, so that whole lines need not wait. */
const SHOWN_BEFORE_BREAK = 3;

/**
 * Replaces secrets in bytes that arrive in chunks, in each of `secretEncodings` and also where line breaks divide them.
 * The result does not depend on where the chunks begin. Of secrets that begin at one place the longest is replaced.
 * Each line of a secret of several lines is replaced too. Secrets under four characters are left alone: a mask would
 * reveal more than it hides.
 */
export class Redactor {
  readonly #patterns: BytePatterns<undefined>;
  /** The end of what has arrived, from where a secret could begin. */
  #held: Buffer = Buffer.alloc(0);
  /** Bytes of `#held` that have been passed on. */
  #shown = 0;

  constructor(secrets: Iterable<string>) {
    const values = [...secrets].filter(({ length }) => length >= SHORTEST_PATTERN);
    const forms = values.flatMap((value) => [...encodedForms(value), ...linesOf(value)]);
    this.#patterns = new BytePatterns(forms.map((form) => [form, undefined]));
  }

  get isEmpty(): boolean {
    return this.#patterns.isEmpty;
  }

  /** Returns what may be passed on now. The end that could begin a secret is held back. */
  write(chunk: Uint8Array): Buffer {
    return this.#pass(Buffer.concat([this.#held, chunk]), false);
  }

  /** Returns the rest, at the end of the text. Another text may follow. */
  end(): Buffer {
    return this.#pass(this.#held, true);
  }

  /** Redacts a whole text at once. */
  redact(text: string): string {
    return Buffer.concat([this.write(Buffer.from(text)), this.end()]).toString();
  }

  /** Masks as far as nothing that may still come can change it, and holds back the rest. */
  #pass(bytes: Buffer, isEnd: boolean): Buffer {
    const text = new BrokenText(bytes);
    const tails = isEnd ? [] : this.#patterns.openTails(text.plain);
    const openFrom = (start: number): number => tails.find((tail) => tail >= start) ?? text.plain.length;
    const passed: Buffer[] = [];
    let done = 0;
    let shown = this.#shown;
    const show = (end: number): void => {
      if (end > shown) passed.push(bytes.subarray(shown, end));
      shown = Math.max(shown, end);
    };
    for (let found = this.#patterns.find(text.plain, 0); found !== undefined;) {
      if (openFrom(done) <= found.start) break;
      show(text.hiddenFrom(found.start));
      passed.push(MASK);
      done = found.end;
      shown = text.placeOf(done - 1) + 1;
      found = this.#patterns.find(text.plain, done);
    }
    const open = openFrom(done);
    const isOpen = open < text.plain.length;
    show(isOpen ? text.hiddenFrom(open) : bytes.length);
    this.#held = isOpen ? bytes.subarray(text.placeOf(open)) : bytes.subarray(bytes.length);
    this.#shown = isOpen ? shown - text.placeOf(open) : 0;
    return Buffer.concat(passed);
  }
}

/** Redacts a whole text at once. */
export function redact(text: string, secrets: Iterable<string>): string {
  return new Redactor(secrets).redact(text);
}

/** Bytes, and the same without line breaks. */
class BrokenText {
  readonly plain: Buffer;
  readonly #length: number;
  readonly #places: Uint32Array;

  constructor(bytes: Buffer) {
    this.#length = bytes.length;
    this.#places = new Uint32Array(bytes.length);
    this.plain = withoutLineBreaks(bytes, this.#places);
  }

  /** Returns where a plain byte is, and the end for the one after the last. */
  placeOf(plain: number): number {
    return plain < this.plain.length ? (this.#places[plain] as number) : this.#length;
  }

  /** Returns where the mask of a secret begins: behind a line break that follows its first few characters. */
  hiddenFrom(start: number): number {
    let place = this.placeOf(start);
    const last = Math.min(start + SHOWN_BEFORE_BREAK, this.plain.length);
    for (let next = start + 1; next <= last; next += 1)
      if (this.placeOf(next) > this.placeOf(next - 1) + 1) place = this.placeOf(next);
    return place;
  }
}

function linesOf(value: string): readonly Buffer[] {
  const lines = value.split(/\r?\n/).filter(({ length }) => length >= SHORTEST_LINE);
  return lines.length > 1 ? lines.map((line) => Buffer.from(line)) : [];
}
