import { readElfStrings, type ElfString } from './elf-strings.ts';
import { alternatives, latin1Map, type PrefixMap } from './prefix-map.ts';

/** What an ELF file must say after a move; undefined: as it is. */
export interface ElfPaths {
  /** DT_RPATH or DT_RUNPATH, parts with `:` between. */
  readonly runPath?: string;
  readonly interpreter?: string;
}

/** A new path is longer than the string that it is to stand in. The file is as it was. */
interface NoRoom {
  readonly wanted: ElfPaths;
  readonly fault: string;
}

/**
 * Replaces old paths at the beginning of an ELF file's interpreter and of each part of its search path, in place: what
 * is left over becomes zero bytes, and empty parts of the path (padding) are dropped. Gives back whether anything
 * changed, or what there is no room for; nothing is changed then. A file that is no ELF has nothing to change.
 */
export function relocateElf(file: Buffer, map: PrefixMap): boolean | NoRoom {
  const strings = map.size === 0 ? undefined : readElfStrings(file);
  if (strings === undefined) return false;
  const runPath = changed(strings.runPath, (text) => relocateSearchPath(text, map));
  const interpreter = changed(strings.interpreter, (text) => relocateStart(text, map));
  const changes = [runPath, interpreter].filter((one) => one !== undefined);
  const tooLong = changes.find(({ now, place }) => now.length > place.bytes.length);
  if (tooLong !== undefined) {
    const { length } = tooLong.place.bytes;
    const fault = `it has room for ${length} characters of search path or interpreter, and \`${tooLong.now}\` has ${tooLong.now.length}`;
    const wanted = {
      runPath: runPath?.now,
      interpreter: interpreter?.now,
    };
    return { wanted, fault };
  }
  for (const { now, place } of changes) {
    file.write(now, place.offset, 'latin1');
    file.fill(0, place.offset + now.length, place.offset + place.bytes.length);
  }
  return changes.length > 0;
}

interface Change {
  readonly place: ElfString;
  /** Latin-1: a character for each byte. */
  readonly now: string;
}

function changed(place: ElfString | undefined, relocate: (text: string) => string | undefined): Change | undefined {
  const now = place && relocate(place.bytes.toString('latin1'));
  return place === undefined || now === undefined ? undefined : { place, now };
}

function relocateSearchPath(text: string, map: PrefixMap): string | undefined {
  const parts = text.split(':').filter((part) => part !== '');
  const moved = parts.map((part) => relocateStart(part, map));
  if (moved.every((part) => part === undefined)) return undefined;
  return parts.map((part, index) => moved[index] ?? part).join(':');
}

function relocateStart(text: string, map: PrefixMap): string | undefined {
  const old = new RegExp(`^(?:${alternatives(map)})`).exec(text)?.[0];
  return old === undefined ? undefined : (latin1Map(map).get(old) ?? old) + text.slice(old.length);
}
