import { EVENT_ID, getScalarValue } from 'js-yaml';
import type { Event } from 'js-yaml';

export type YamlKey = string | number;

/** A place in a text; both count from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
  /** Only where it is not the file that was asked about first. */
  readonly file?: string;
}

/** Texts that parse into more are parsed again when a place in them is asked for, as keeping all events costs much memory. */
const MAX_KEPT = 200_000;

/** Places of a mapping's keys and values, among the events. */
type Pairs = ReadonlyMap<string, { readonly key: number; readonly value: number }>;

/** Finds where the parts of a text stand, from the parser's own events; walks only when it is asked. */
export class YamlPlaces {
  readonly file: string;
  /** Top-level keys as they stand in the text, by what interpolation made of them. */
  written: ReadonlyMap<string, string> | undefined;
  readonly #text: string;
  readonly #parse: () => readonly Event[];
  #known: readonly Event[] | undefined;
  #lines: readonly number[] | undefined;
  #top: ReadonlyMap<string, number> | undefined;
  #anchors: ReadonlyMap<string, readonly number[]> | undefined;
  readonly #mappings = new Map<number, Pairs>();

  /** `parse` gives the events of one document of the text, the same ones each time. */
  constructor(
    source: { readonly file: string; readonly text: string },
    parse: () => readonly Event[],
    events: readonly Event[],
  ) {
    this.file = source.file;
    this.#text = source.text;
    this.#parse = parse;
    if (events.length <= MAX_KEPT) this.#known = events;
  }

  get #events(): readonly Event[] {
    this.#known ??= this.#parse();
    return this.#known;
  }

  /** The place of a path, or of its nearest ancestor, and how many of its parts exist. */
  locate(path: readonly YamlKey[]): Place & { readonly depth: number } {
    let node = 1;
    let offset = this.#offset(node);
    for (const [depth, key] of path.entries()) {
      const found = this.#child(this.#resolve(node), key);
      if (found === undefined) return { ...this.#place(offset), depth };
      offset = this.#offset(found.key);
      node = found.value;
    }
    return { ...this.#place(offset), depth: path.length };
  }

  #child(node: number, key: YamlKey): { key: number; value: number } | undefined {
    const type = this.#events[node]?.type;
    if (type === EVENT_ID.SEQUENCE) return this.#item(node, Number(key));
    if (type !== EVENT_ID.MAPPING) return undefined;
    if (node !== 1) return this.#pairs(node).get(String(key));
    this.#top ??= new Map([...this.#pairs(1)].map(([name, pair]) => [name, pair.key]));
    const found = this.#top.get(this.written?.get(String(key)) ?? String(key));
    return found === undefined ? undefined : { key: found, value: this.#next(found) };
  }

  #item(node: number, index: number): { key: number; value: number } | undefined {
    let item = node + 1;
    for (let left = index; this.#events[item]?.type !== EVENT_ID.POP; left -= 1) {
      if (left === 0) return { key: item, value: item };
      item = this.#next(item);
    }
    return undefined;
  }

  /** Own keys of a mapping; where one stands twice, the last. */
  #pairs(node: number): Pairs {
    const known = this.#mappings.get(node);
    if (known !== undefined) return known;
    const pairs = new Map<string, { key: number; value: number }>();
    this.#mappings.set(node, pairs);
    for (let key = node + 1; this.#events[key]?.type !== EVENT_ID.POP;) {
      const value = this.#next(key);
      const event = this.#events[key];
      if (event?.type === EVENT_ID.SCALAR) pairs.set(getScalarValue(this.#text, event), { key, value });
      key = this.#next(value);
    }
    return pairs;
  }

  /** The event after a whole node. */
  #next(node: number): number {
    let depth = 0;
    for (let at = node; ; at += 1) {
      const type = this.#events[at]?.type;
      if (type === EVENT_ID.MAPPING || type === EVENT_ID.SEQUENCE) depth += 1;
      else if (type === EVENT_ID.POP) depth -= 1;
      if (depth <= 0 || type === undefined) return at + 1;
    }
  }

  #resolve(node: number): number {
    const event = this.#events[node];
    if (event?.type !== EVENT_ID.ALIAS) return node;
    this.#anchors ??= this.#findAnchors();
    const name = this.#text.slice(event.anchorStart, event.anchorEnd);
    return this.#anchors.get(name)?.findLast((anchor) => anchor < node) ?? node;
  }

  #findAnchors(): Map<string, number[]> {
    const anchors = new Map<string, number[]>();
    for (const [at, event] of this.#events.entries()) {
      if (!('valueStart' in event || 'start' in event) || event.anchorStart < 0) continue;
      const name = this.#text.slice(event.anchorStart, event.anchorEnd);
      const known = anchors.get(name);
      if (known === undefined) anchors.set(name, [at]);
      else known.push(at);
    }
    return anchors;
  }

  #offset(node: number): number {
    const event = this.#events[node];
    if (event === undefined) return 0;
    if ('valueStart' in event) return event.valueStart;
    if ('start' in event) return event.start;
    return 'anchorStart' in event ? event.anchorStart : 0;
  }

  #place(offset: number): Place {
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
