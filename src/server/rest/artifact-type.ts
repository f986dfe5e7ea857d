import { extname } from 'node:path';

/** Media types that are shown; all of them are harmless in a sandboxed document. */
const shown: Readonly<Record<string, string>> = {
  '.htm': 'text/html; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.gif': 'image/gif',
  '.webp': 'image/webp',
};

const NUL = 0;

/** Returns the media type of an artifact by its name, else by its first bytes; undefined for what is to be saved. */
export function artifactType(name: string, head: Uint8Array): string | undefined {
  const known = shown[extname(name).toLowerCase()];
  if (known !== undefined) return known;
  return head.includes(NUL) ? undefined : 'text/plain; charset=utf-8';
}
