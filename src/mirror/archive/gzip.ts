import { gunzipSync, gzipSync } from 'node:zlib';

// RFC 1952, 2.3: byte 9 is the operating system. zlib writes the one it was compiled for, Spack 255 (unknown);
// with 255 always, equal content has equal bytes wherever it was packed.
const SYSTEM_BYTE = 9;
const LEVEL = 6;

/** Compresses a small document as Spack does: level 6, modification time 0, no name, unknown system. */
export function gzip(data: string | Uint8Array): Buffer {
  const bytes = gzipSync(data, { level: LEVEL });
  bytes[SYSTEM_BYTE] = 255;
  return bytes;
}

/** Expands a small document; throws beyond the limit (bytes), so that a bomb costs nothing. */
export function gunzip(data: Uint8Array, limit: number): Buffer {
  return gunzipSync(data, { maxOutputLength: limit });
}
