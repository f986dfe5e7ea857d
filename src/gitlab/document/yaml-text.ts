import { TextPositions, type Position } from '../../kit/index.ts';

export interface FileText {
  readonly file: string;
  readonly text: string;
}

/** So many characters at `at` of a text stand in place of so many at `from` of the file. */
interface Exchange {
  readonly at: number;
  readonly length: number;
  readonly from: number;
  readonly fromLength: number;
}

/**
 * A text to parse, which is a file's, or a part of it, or what interpolation made of it; places in it are places of the
 * file.
 */
export class YamlText {
  readonly file: string;
  readonly text: string;
  readonly #whole: FileText;
  readonly #places: TextPositions;
  readonly #start: number;
  readonly #exchanges: readonly Exchange[];

  /** `start`: where in the file the text begins. */
  constructor(
    whole: FileText,
    made: { readonly text?: string; readonly start?: number; readonly exchanges?: readonly Exchange[] } = {},
  ) {
    const { text = whole.text, start = 0, exchanges = [] } = made;
    this.file = whole.file;
    this.text = text;
    this.#whole = whole;
    this.#places = new TextPositions(whole);
    this.#start = start;
    this.#exchanges = exchanges;
  }

  part(start: number, end?: number): YamlText {
    return new YamlText(this.#whole, { text: this.text.slice(start, end), start });
  }

  /** The text with others put in place of some of its parts; those are in order. */
  exchanged(parts: readonly { readonly from: number; readonly end: number; readonly text: string }[]): YamlText {
    const pieces: string[] = [];
    const exchanges: Exchange[] = [];
    let [read, length] = [0, 0];
    for (const { from, end, text } of parts) {
      pieces.push(this.text.slice(read, from), text);
      length += from - read;
      exchanges.push({ at: length, length: text.length, from, fromLength: end - from });
      length += text.length;
      read = end;
    }
    pieces.push(this.text.slice(read));
    return new YamlText(this.#whole, { text: pieces.join(''), start: this.#start, exchanges });
  }

  /** What was put in is at the place of what it was put in for. */
  positionOf(offset: number): Position {
    const last = this.#exchanges.findLast(({ at }) => at <= offset);
    if (last === undefined) return this.#places.at(this.#start + offset);
    const { at, length, from, fromLength } = last;
    const source = offset < at + length ? from : offset - at - length + from + fromLength;
    return this.#places.at(this.#start + source);
  }
}
