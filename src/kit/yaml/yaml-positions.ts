import { EVENT_ID, SCALAR_STYLE, getScalarValue, type Event, type ScalarEvent } from 'js-yaml';
import type { Position } from './text-positions.ts';

export type YamlKey = string | number;

/** A text to parse, and the positions of its characters in the file that it is of. */
export interface PositionedText {
  readonly file: string;
  readonly text: string;
  positionOf(offset: number): Position;
}

/**
 * Texts that parse into more are parsed again when a position in them is requested: keeping all events takes much
 * memory.
 */
const MAX_KEPT = 200_000;

/** Indexes of a mapping's keys and values among the events. */
type Pairs = ReadonlyMap<string, { readonly key: number; readonly value: number }>;

/** Finds the positions of a text's parts in the parser's own events, when they are requested. */
export class YamlPositions {
  readonly file: string;
  readonly #source: PositionedText;
  readonly #parse: () => readonly Event[];
  #known: readonly Event[] | undefined;
  #anchors: ReadonlyMap<string, readonly number[]> | undefined;
  readonly #mappings = new Map<number, Pairs>();

  /** `parse` returns the events of the text, the same ones each time. */
  constructor(source: PositionedText, parse: () => readonly Event[], events: readonly Event[]) {
    this.file = source.file;
    this.#source = source;
    this.#parse = parse;
    if (events.length <= MAX_KEPT) this.#known = events;
  }

  get #events(): readonly Event[] {
    this.#known ??= this.#parse();
    return this.#known;
  }

  /** Returns the position of a path, or of its nearest ancestor, and how many of its parts exist. */
  locate(path: readonly YamlKey[]): Position & { readonly depth: number } {
    let node = 1;
    let offset = this.#offset(node);
    for (const [depth, key] of path.entries()) {
      const found = this.#child(this.#resolve(node), key);
      if (found === undefined) return { ...this.#source.positionOf(offset), depth };
      offset = this.#offset(found.key);
      node = found.value;
    }
    return { ...this.#source.positionOf(offset), depth: path.length };
  }

  #child(node: number, key: YamlKey): { key: number; value: number } | undefined {
    const type = this.#events[node]?.type;
    if (type === EVENT_ID.SEQUENCE) return this.#item(node, Number(key));
    return type === EVENT_ID.MAPPING ? this.#pairs(node).get(String(key)) : undefined;
  }

  #item(node: number, index: number): { key: number; value: number } | undefined {
    let item = node + 1;
    for (let left = index; this.#events[item]?.type !== EVENT_ID.POP; left -= 1) {
      if (left === 0) return { key: item, value: item };
      item = this.#next(item);
    }
    return undefined;
  }

  /** Returns a mapping's own keys; of duplicates the last. */
  #pairs(node: number): Pairs {
    const known = this.#mappings.get(node);
    if (known !== undefined) return known;
    const pairs = new Map<string, { key: number; value: number }>();
    this.#mappings.set(node, pairs);
    for (let key = node + 1; this.#events[key]?.type !== EVENT_ID.POP;) {
      const value = this.#next(key);
      const event = this.#events[key];
      if (event?.type === EVENT_ID.SCALAR) pairs.set(getScalarValue(this.#source.text, event), { key, value });
      key = this.#next(value);
    }
    return pairs;
  }

  /** Returns the event after a whole node. */
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
    const name = this.#source.text.slice(event.anchorStart, event.anchorEnd);
    return this.#anchors.get(name)?.findLast((anchor) => anchor < node) ?? node;
  }

  #findAnchors(): Map<string, number[]> {
    const anchors = new Map<string, number[]>();
    for (const [at, event] of this.#events.entries()) {
      if (!('valueStart' in event || 'start' in event) || event.anchorStart < 0) continue;
      const name = this.#source.text.slice(event.anchorStart, event.anchorEnd);
      const known = anchors.get(name);
      if (known === undefined) anchors.set(name, [at]);
      else known.push(at);
    }
    return anchors;
  }

  #offset(node: number): number {
    const event = this.#events[node];
    if (event === undefined) return 0;
    if ('valueStart' in event) return event.valueStart - (isQuoted(event) ? 1 : 0);
    if ('start' in event) return event.start;
    return 'anchorStart' in event ? event.anchorStart : 0;
  }
}

function isQuoted({ style }: ScalarEvent): boolean {
  return style === SCALAR_STYLE.SINGLE_QUOTED || style === SCALAR_STYLE.DOUBLE_QUOTED;
}
