import { EVENT_ID, getScalarValue } from 'js-yaml';
import type { Event } from 'js-yaml';

export type YamlKey = string | number;

/** A place in a text; both count from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Finds where the parts of a text stand, from the parser's own events; walks only when it is asked. */
export class YamlPlaces {
  readonly #text: string;
  readonly #events: readonly Event[];
  #top: ReadonlyMap<string, number> | undefined;
  #anchors: ReadonlyMap<string, readonly number[]> | undefined;

  constructor(text: string, events: readonly Event[]) {
    this.#text = text;
    this.#events = events;
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
    const found = this.#top.get(String(key));
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
  #pairs(node: number): Map<string, { key: number; value: number }> {
    const pairs = new Map<string, { key: number; value: number }>();
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
      anchors.set(name, [...(anchors.get(name) ?? []), at]);
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
    const before = this.#text.slice(0, Math.max(offset, 0));
    const start = before.lastIndexOf('\n') + 1;
    let line = 1;
    for (let at = before.indexOf('\n'); at >= 0; at = before.indexOf('\n', at + 1)) line += 1;
    return { line, column: before.length - start + 1 };
  }
}
