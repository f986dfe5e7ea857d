/** A place in a text; both count from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
  /** Only where it is not the file that was asked about first. */
  readonly file?: string;
}

/** Lines and columns of a file's text, found when they are asked for. */
export class TextPlaces {
  readonly file: string;
  readonly #text: string;
  #lines: readonly number[] | undefined;

  constructor({ file, text }: { readonly file: string; readonly text: string }) {
    this.file = file;
    this.#text = text;
  }

  at(offset: number): Required<Place> {
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
