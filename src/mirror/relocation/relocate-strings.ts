import { alternatives, latin1Map, type PrefixMap } from './prefix-map.ts';

/** Bytes at the end of a string that stay as they were: linkers let strings share their ends (SHF_STRINGS). */
const SHARED_END = 7;

type StringsFault = { readonly fault: string };

/**
 * Replaces old paths in the strings of a program, in place: no byte moves. A shorter path is preceded by slashes, or,
 * where the string ends too soon after it for others to share that end safely, followed by zero bytes. Returns how
 * many were replaced, or why one cannot be; the bytes are then to be thrown away.
 */
export function relocateStrings(bytes: Buffer, map: PrefixMap): number | StringsFault {
  if (map.size === 0) return 0;
  const pattern = new RegExp(`(${alternatives(map)})([^\\0]{0,${SHARED_END}}\\0)?`, 'g');
  const news = latin1Map(map);
  let count = 0;
  for (const match of bytes.toString('latin1').matchAll(pattern)) {
    const [whole, old = '', ending] = match;
    const replaced = replacement({ old, now: news.get(old) ?? old, ending });
    if (replaced === undefined) return { fault: faultOf({ old, now: news.get(old) ?? old, whole }) };
    bytes.write(replaced, match.index, 'latin1');
    count += 1;
  }
  return count;
}

/** `ending`: what follows up to and with the zero byte, if that is near. */
function replacement(found: { old: string; now: string; ending: string | undefined }): string | undefined {
  const { old, now, ending } = found;
  const shorter = old.length - now.length;
  if (shorter < 0) return undefined;
  const padded = '/'.repeat(shorter) + now;
  if (ending === undefined) return padded;
  const kept = SHARED_END - (ending.length - 1);
  if (kept <= 0 || old.slice(-kept) === now.slice(-kept)) return padded;
  return shorter > SHARED_END ? now + ending : undefined;
}

function faultOf({ old, now, whole }: { old: string; now: string; whole: string }): string {
  if (now.length > old.length) {
    return `it holds a path with room for ${old.length} characters, and \`${now}\` has ${now.length}`;
  }
  const text = whole.replace('\0', '');
  const shorter = old.length - now.length;
  return `its string \`${text}\` cannot become shorter by ${shorter} characters: other strings share its end`;
}
