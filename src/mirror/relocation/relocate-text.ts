import { alternatives, latin1Map, type PrefixMap } from './prefix-map.ts';

/**
 * A text with every mention of an old path replaced; undefined if there is none. A path counts only where it begins:
 * not behind a slash, but behind letters that belong to an option, as in `-L/old/lib`. Source: Spack's manual,
 * "Relocation" of text files; lengths may change.
 */
export function relocateText(bytes: Buffer, map: PrefixMap): Buffer | undefined {
  if (map.size === 0) return undefined;
  const pattern = new RegExp(`(?<![\\w\\-/])([\\w-]*?)(${alternatives(map)})([\\w\\-/]*)`, 'g');
  const news = latin1Map(map);
  const text = bytes.toString('latin1');
  const moved = text.replaceAll(pattern, (...found: readonly string[]) => {
    const [, before = '', old = '', after = ''] = found;
    return before + (news.get(old) ?? old) + after;
  });
  return moved === text ? undefined : Buffer.from(moved, 'latin1');
}

/** A symbolic link's target with an old path at its beginning replaced; undefined if there is none. */
export function relocateLink(target: string, map: PrefixMap): string | undefined {
  const old = [...map.keys()].find((path) => target.startsWith(path));
  return old === undefined ? undefined : `${map.get(old) ?? old}${target.slice(old.length)}`;
}
