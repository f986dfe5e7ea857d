import { gunzipSync } from 'node:zlib';

const GZIP = 0x1f8b;
/** Bytes; nothing larger is unpacked. */
const LARGEST_LOG = 64 * 2 ** 20;

/** Returns the content of a file that may be gzip'd, as Spack keeps build logs; empty if it is not. */
export function unpackedLog(bytes: Buffer): Buffer {
  if (bytes.length < 2 || bytes.readUInt16BE(0) !== GZIP) return Buffer.alloc(0);
  try {
    return gunzipSync(bytes, { maxOutputLength: LARGEST_LOG });
  } catch {
    // Not a gzip file after all, or larger than any log.
    return Buffer.alloc(0);
  }
}
