import { Transform } from 'node:stream';
import { createGzip, gunzipSync, gzipSync } from 'node:zlib';

// RFC 1952, 2.3: byte 9 is the operating system. zlib writes the one it was compiled for, Spack 255 (unknown);
// with 255 always, equal content has equal bytes wherever it was packed.
const SYSTEM_BYTE = 9;
const LEVEL = 6;

/** Compresses as Spack does: level 6, modification time 0, no name, unknown system. */
export function gzip(data: string | Uint8Array): Buffer {
  const bytes = gzipSync(data, { level: LEVEL });
  bytes[SYSTEM_BYTE] = 255;
  return bytes;
}

/** The same as two streams to be put one after the other. */
export function gzipStreams(): readonly [Transform, Transform] {
  let seen = 0;
  const header = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const at = SYSTEM_BYTE - seen;
      seen += chunk.length;
      if (at < 0 || at >= chunk.length) return done(null, chunk);
      const patched = Buffer.from(chunk);
      patched[at] = 255;
      return done(null, patched);
    },
  });
  return [createGzip({ level: LEVEL, chunkSize: 128 * 1024 }), header];
}

/** Expands a small document; throws beyond the limit (bytes), so that a bomb costs nothing. */
export function gunzip(data: Uint8Array, limit: number): Buffer {
  return gunzipSync(data, { maxOutputLength: limit });
}
