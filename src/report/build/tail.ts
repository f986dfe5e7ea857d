/** The end of a text that may be long, in whole lines. */
export class Tail {
  readonly #most: number;
  #lines: string[] = [];
  #size = 0;
  #isCut = false;

  /** `most`: about how many characters are kept. */
  constructor(most: number) {
    this.#most = most;
  }

  add(line: string): void {
    this.#lines.push(line);
    this.#size += line.length + 1;
    // Seldom, and much at once.
    if (this.#size > 2 * this.#most) this.#cut();
  }

  /** Lines that end with newlines; a first line of `[…]` stands for omitted lines. */
  get text(): string {
    if (this.#size > this.#most) this.#cut();
    return (this.#isCut ? ['[…]', ...this.#lines] : this.#lines).map((line) => `${line}\n`).join('');
  }

  #cut(): void {
    let from = this.#lines.length;
    let kept = 0;
    for (; from > 0 && kept <= this.#most; from -= 1) kept += (this.#lines[from - 1]?.length ?? 0) + 1;
    this.#lines = this.#lines.slice(from);
    this.#size = kept;
    this.#isCut ||= from > 0;
  }
}
