import { sha256 } from '../../kit/index.ts';
import { indexManifestKey, parseManifestKey, type BuildcacheName } from '../../spack/index.ts';

/** Spack's tag for the index of a mirror in a registry. */
export const indexTag = 'index.spack';

const LONGEST = 128;

/** Spack's tag for a package: `name-version-hash.spack`, with `_` for what a tag must not hold, cut in its middle. */
export function packageTag({ name, version, hash }: BuildcacheName): string {
  const tag = `${name}-${version}-${hash}.spack`.replace(/[^\w.-]/g, '_');
  return tag.length > LONGEST ? tag.slice(0, 64) + tag.slice(-64) : tag;
}

export function isPackageTag(tag: string): boolean {
  return tag.endsWith('.spack') && tag !== indexTag;
}

/**
 * The tag of an object: Spack's own for packages and the index; for all else the key, with `.` for `/` and `_hh` for
 * what a tag must not hold, or its digest where that is too long.
 */
export function tagOf(key: string): string {
  if (key === indexManifestKey) return indexTag;
  const id = parseManifestKey(key);
  if (id !== undefined) return packageTag(id);
  const escaped = [...Buffer.from(key)].map((byte) => escape(String.fromCharCode(byte))).join('');
  return escaped.length + 2 <= LONGEST ? `o.${escaped}` : `h.${sha256(key)}`;
}

/** Returns the key that such a tag contains. */
export function keyOfTag(tag: string): string | undefined {
  if (tag === indexTag) return indexManifestKey;
  if (!tag.startsWith('o.')) return undefined;
  const bytes = tag
    .slice(2)
    .replaceAll('.', '/')
    .replace(/_([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString();
}

function escape(character: string): string {
  if (/[A-Za-z0-9-]/.test(character)) return character;
  return character === '/' ? '.' : `_${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
}
