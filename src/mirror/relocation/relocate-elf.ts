import { readElfStrings, type ElfString } from './elf-strings.ts';
import { alternatives, latin1Map, type PrefixMap } from './prefix-map.ts';

/** The paths that an ELF file must have after a move; undefined if they stay. */
export interface ElfPaths {
  /** DT_RPATH or DT_RUNPATH, parts with `:` between. */
  readonly runPath?: string;
  readonly interpreter?: string;
}

/** A new path is longer than the string that it replaces. The file is unchanged. */
interface TooLong {
  readonly paths: ElfPaths;
  readonly fault: string;
}

/**
 * Replaces old paths at the beginning of an ELF file's interpreter and of each part of its search path, in place: what
 * is left over becomes zero bytes, and empty parts of the path (padding) are dropped. Returns whether anything
 * changed, or what does not fit; nothing is changed then. Of other files nothing changes.
 */
export function relocateElf(file: Buffer, map: PrefixMap): boolean | TooLong {
  const strings = map.size === 0 ? undefined : readElfStrings(file);
  if (strings === undefined) return false;
  const runPath = changed(strings.runPath, (text) => relocateSearchPath(text, map));
  const interpreter = changed(strings.interpreter, (text) => relocateStart(text, map));
  const changes = [runPath, interpreter].filter((one) => one !== undefined);
  const tooLong = changes.find(({ now, found }) => now.length > found.bytes.length);
  if (tooLong !== undefined) {
    const { now, found } = tooLong;
    const room = `it has room for ${found.bytes.length} characters of search path or interpreter`;
    const fault = `${room}, and \`${now}\` has ${now.length}`;
    return { paths: { runPath: runPath?.now, interpreter: interpreter?.now }, fault };
  }
  for (const { now, found } of changes) {
    file.write(now, found.offset, 'latin1');
    file.fill(0, found.offset + now.length, found.offset + found.bytes.length);
  }
  return changes.length > 0;
}

interface Change {
  readonly found: ElfString;
  /** Latin-1: a character for each byte. */
  readonly now: string;
}

function changed(found: ElfString | undefined, relocate: (text: string) => string | undefined): Change | undefined {
  const now = found && relocate(found.bytes.toString('latin1'));
  return found === undefined || now === undefined ? undefined : { found, now };
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
