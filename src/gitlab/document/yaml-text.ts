import { TextPositions, type Position } from '../../kit/index.ts';

export interface FileText {
  readonly file: string;
  readonly text: string;
}

/** The characters of a text at `at` that replace the characters of the file at `from`. */
interface Exchange {
  readonly at: number;
  readonly length: number;
  readonly from: number;
  readonly fromLength: number;
}

/**
 * A text to parse: a file's, a part of it, or the result of its interpolation. Positions in it are those in the file.
 */
export class YamlText {
  readonly file: string;
  readonly text: string;
  readonly #whole: FileText;
  readonly #positions: TextPositions;
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
    this.#positions = new TextPositions(whole);
    this.#start = start;
    this.#exchanges = exchanges;
  }

  part(start: number, end?: number): YamlText {
    return new YamlText(this.#whole, { text: this.text.slice(start, end), start });
  }

  /** Returns the text with some of its parts, which are in order, replaced by others. */
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

  /** Returns the position of an offset; a replacement has the position of what it replaces. */
  positionOf(offset: number): Position {
    const last = this.#exchanges.findLast(({ at }) => at <= offset);
    if (last === undefined) return this.#positions.at(this.#start + offset);
    const { at, length, from, fromLength } = last;
    const source = offset < at + length ? from : offset - at - length + from + fromLength;
    return this.#positions.at(this.#start + source);
  }
}
