/** Old paths and the new ones, in the order in which they are tried; identities are left out. */
export type PrefixMap = ReadonlyMap<string, string>;

/** The map without entries that change nothing. */
export function prefixMap(pairs: Iterable<readonly [string, string]>): PrefixMap {
  return new Map([...pairs].filter(([from, to]) => from !== to));
}

/** A pattern that matches any of the old paths, to be put into a larger one. Paths are bytes, read as Latin-1. */
export function alternatives(map: PrefixMap): string {
  return [...map.keys()].map((path) => latin1(path).replaceAll(/[.*+?^${}()|[\]\\/-]/g, String.raw`\$&`)).join('|');
}

/** The UTF-8 bytes of a text as characters of one byte each. */
function latin1(text: string): string {
  return Buffer.from(text).toString('latin1');
}

/** For each old path, in Latin-1, the new one. */
export function latin1Map(map: PrefixMap): ReadonlyMap<string, string> {
  return new Map([...map].map(([from, to]) => [latin1(from), latin1(to)]));
}
