/** Characters by which forms are looked up; none is shorter. */
const HEAD = 4;
const BUCKETS = 1 << 16;

/** Finds many texts of four characters and more in another one, in time that hardly depends on how many they are. */
export class FormIndex {
  readonly #byHead = new Map<string, readonly string[]>();
  /** Beginnings of one to three characters. */
  readonly #stubs = new Set<string>();
  readonly #isHead = new Uint8Array(BUCKETS);
  readonly #longest: number;

  constructor(forms: Iterable<string>) {
    const longestFirst = [...new Set(forms)].toSorted((a, b) => b.length - a.length);
    this.#longest = longestFirst[0]?.length ?? 0;
    for (const form of longestFirst) {
      const head = form.slice(0, HEAD);
      this.#byHead.set(head, [...(this.#byHead.get(head) ?? []), form]);
      this.#isHead[bucketOf(form, 0)] = 1;
      for (let length = 1; length < HEAD; length += 1) this.#stubs.add(form.slice(0, length));
    }
  }

  /** Returns the first match; of several that begin there the longest. */
  find(text: string, from: number): { readonly start: number; readonly end: number } | undefined {
    const last = text.length - HEAD;
    for (let start = from; this.#longest > 0 && start <= last; start += 1) {
      const form = this.#formsAt(text, start).find((one) => text.startsWith(one, start));
      if (form !== undefined) return { start, end: start + form.length };
    }
    return undefined;
  }

  /** Returns where the ends of the text begin that are an incomplete match; ascending. */
  openTails(text: string): readonly number[] {
    const tails: number[] = [];
    for (let start = Math.max(0, text.length - this.#longest + 1); start < text.length; start += 1) {
      const length = text.length - start;
      const isOpen =
        length < HEAD
          ? this.#stubs.has(text.slice(start))
          : this.#formsAt(text, start).some((form) => form.length > length && form.startsWith(text.slice(start)));
      if (isOpen) tails.push(start);
    }
    return tails;
  }

  #formsAt(text: string, start: number): readonly string[] {
    if (this.#isHead[bucketOf(text, start)] === 0) return NONE;
    return this.#byHead.get(text.slice(start, start + HEAD)) ?? NONE;
  }
}

const NONE: readonly string[] = [];

function bucketOf(text: string, start: number): number {
  const first = text.charCodeAt(start) ^ (text.charCodeAt(start + 1) << 3);
  return (first ^ (text.charCodeAt(start + 2) << 6) ^ (text.charCodeAt(start + 3) << 9)) & (BUCKETS - 1);
}
