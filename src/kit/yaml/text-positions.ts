/** A position in a text; line and column count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
  /** Only if it is not the main file. */
  readonly file?: string;
}

/** Finds lines and columns in a file's text. */
export class TextPositions {
  readonly file: string;
  readonly #text: string;
  #lines: readonly number[] | undefined;

  constructor({ file, text }: { readonly file: string; readonly text: string }) {
    this.file = file;
    this.#text = text;
  }

  at(offset: number): Required<Position> {
    this.#lines ??= lineStarts(this.#text);
    let low = 0;
    let high = this.#lines.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.#lines[middle] as number) <= offset) low = middle;
      else high = middle;
    }
    return { file: this.file, line: low + 1, column: Math.max(offset - (this.#lines[low] as number), 0) + 1 };
  }
}

function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}
