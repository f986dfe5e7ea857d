import { readElfStrings } from './elf-strings.ts';
import type { ElfString } from './elf-strings.ts';
import { alternatives, latin1Map } from './prefix-map.ts';
import type { PrefixMap } from './prefix-map.ts';
import type { StringsFault } from './relocate-strings.ts';

/**
 * Replaces old paths at the beginning of an ELF file's interpreter and of each part of its search path, in place: what
 * is left over becomes zero bytes, and empty parts of the path (padding) are dropped. Gives back whether anything
 * changed, or why it cannot be; nothing is changed then. A file that is no ELF has nothing to change.
 */
export function relocateElf(file: Buffer, map: PrefixMap): boolean | StringsFault {
  const strings = map.size === 0 ? undefined : readElfStrings(file);
  if (strings === undefined) return false;
  const { runPath, interpreter } = strings;
  const changes = [
    ...(runPath === undefined ? [] : [changed(runPath, (text) => relocateSearchPath(text, map))]),
    ...(interpreter === undefined ? [] : [changed(interpreter, (text) => relocateStart(text, map))]),
  ].filter((one) => one !== undefined);
  const tooLong = changes.find(({ now, place }) => now.length > place.bytes.length);
  if (tooLong !== undefined) {
    return { fault: `\`${tooLong.now}\` has no room in place of \`${tooLong.place.bytes.toString('latin1')}\`` };
  }
  for (const { now, place } of changes) {
    const { offset, bytes } = place;
    const size = bytes.length;
    file.write(now, offset, 'latin1');
    file.fill(0, offset + now.length, offset + size);
  }
  return changes.length > 0;
}

function changed(
  place: ElfString,
  relocate: (text: string) => string | undefined,
): { place: ElfString; now: string } | undefined {
  const now = relocate(place.bytes.toString('latin1'));
  return now === undefined ? undefined : { place, now };
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
