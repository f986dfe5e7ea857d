/** Shorter patterns cannot be searched for. */
export const SHORTEST_PATTERN = 4;

/** Values of the two bytes of a block. */
const BLOCKS = 1 << 16;
/** Fits into a byte. */
const LONGEST_WINDOW = 255;

interface Match<Value> {
  readonly start: number;
  readonly end: number;
  readonly value: Value;
}

interface Pattern<Value> {
  readonly bytes: Buffer;
  readonly value: Value;
}

/**
 * Finds many byte strings in another one at once, by the algorithm of Wu and Manber: it looks at two bytes, and skips
 * as many as no pattern begins at. Line breaks in patterns are left out: search what `withoutLineBreaks` returns.
 */
export class BytePatterns<Value> {
  readonly longest: number;
  readonly #window: number;
  readonly #skips: Uint8Array;
  /** Longest first. */
  readonly #byBlock = new Map<number, readonly Pattern<Value>[]>();
  readonly #byFirst = new Map<number, readonly Pattern<Value>[]>();

  constructor(patterns: Iterable<readonly [bytes: Buffer, value: Value]>) {
    const all = Array.from(patterns, ([bytes, value]) => ({ bytes: withoutLineBreaks(bytes), value }))
      .filter(({ bytes }) => bytes.length >= SHORTEST_PATTERN)
      .toSorted((a, b) => b.bytes.length - a.bytes.length);
    this.longest = all[0]?.bytes.length ?? 0;
    this.#window = Math.min(LONGEST_WINDOW, all.at(-1)?.bytes.length ?? LONGEST_WINDOW);
    this.#skips = new Uint8Array(this.isEmpty ? 0 : BLOCKS).fill(this.#window - 1);
    for (const pattern of all) this.#add(pattern);
  }

  get isEmpty(): boolean {
    return this.longest === 0;
  }

  /** Returns the first match from a place on; of several patterns that begin there, the longest. */
  find(bytes: Buffer, from: number): Match<Value> | undefined {
    if (this.isEmpty) return undefined;
    const [skips, window] = [this.#skips, this.#window];
    const last = bytes.length - window;
    for (let start = from; start <= last;) {
      const block = (bytes[start + window - 2] as number) | ((bytes[start + window - 1] as number) << 8);
      const skip = skips[block] as number;
      if (skip > 0) {
        start += skip;
        continue;
      }
      const found = this.#byBlock.get(block)?.find((pattern) => standsAt(bytes, start, pattern.bytes));
      if (found !== undefined) return { start, end: start + found.bytes.length, value: found.value };
      start += 1;
    }
    return undefined;
  }

  /** Returns the places from which on the bytes could be the beginning of a pattern that goes on; ascending. */
  openTails(bytes: Buffer): readonly number[] {
    const tails: number[] = [];
    for (let start = Math.max(0, bytes.length - this.longest + 1); start < bytes.length; start += 1) {
      const length = bytes.length - start;
      const isOpen = this.#byFirst
        .get(bytes[start] as number)
        ?.some((pattern) => pattern.bytes.length > length && beginsAt(bytes, start, pattern.bytes));
      if (isOpen === true) tails.push(start);
    }
    return tails;
  }

  #add(pattern: Pattern<Value>): void {
    const { bytes } = pattern;
    const last = this.#window - 2;
    for (let at = 0; at <= last; at += 1) {
      const block = bytes.readUInt16LE(at);
      this.#skips[block] = Math.min(this.#skips[block] as number, last - at);
    }
    for (const [index, key] of [
      [this.#byBlock, bytes.readUInt16LE(last)],
      [this.#byFirst, bytes[0] as number],
    ] as const)
      index.set(key, [...(index.get(key) ?? []), pattern]);
  }
}

/** Returns the same bytes without line feeds and carriage returns. Their places are written into `places`, if given. */
export function withoutLineBreaks(bytes: Buffer, places?: Uint32Array): Buffer {
  if (places === undefined && !bytes.includes(LINE_FEED) && !bytes.includes(CARRIAGE_RETURN)) return bytes;
  const kept = Buffer.allocUnsafe(bytes.length);
  let length = 0;
  for (let place = 0; place < bytes.length; place += 1) {
    const byte = bytes[place] as number;
    if (byte === LINE_FEED || byte === CARRIAGE_RETURN) continue;
    if (places !== undefined) places[length] = place;
    kept[length] = byte;
    length += 1;
  }
  return kept.subarray(0, length);
}

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

function standsAt(bytes: Buffer, start: number, pattern: Buffer): boolean {
  return start + pattern.length <= bytes.length && beginsAt(bytes, start, pattern);
}

/** Whether a pattern is at a place, as far as the bytes go. */
function beginsAt(bytes: Buffer, start: number, pattern: Buffer): boolean {
  const length = Math.min(pattern.length, bytes.length - start);
  for (let at = 0; at < length; at += 1) if (bytes[start + at] !== pattern[at]) return false;
  return true;
}
