import { PassThrough, Transform, type Duplex } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { Decompress } from 'fzstd';
import type { Descriptor } from './descriptor.ts';
import { ociError } from './errors.ts';
import { layerCompression } from './image-model.ts';

/** A stream that turns a layer's stored bytes into its tar. */
export function layerDecompressor(descriptor: Descriptor): Duplex {
  const compression = layerCompression(descriptor.mediaType);
  if (compression === 'gzip') return createGunzip();
  if (compression === 'none') return new PassThrough();
  if (compression === 'zstd') return zstdDecompressor(descriptor.digest);
  throw ociError('OCI_COMPRESSION_UNKNOWN', { digest: descriptor.digest, mediaType: descriptor.mediaType });
}

// RFC 8878, 3.1.1: how a frame begins. The library does not report an input that ends too early.
const ZSTD_MAGIC = 0xfd2fb528;

/** Node 20 has no zstd of its own. */
function zstdDecompressor(digest: string): Transform {
  let isEnded = false;
  let head = Buffer.alloc(0);
  const broken = (cause: unknown) => ociError('OCI_LAYER_BROKEN', { digest, compression: 'zstd' }, { cause });
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      if (head.length < 4) head = Buffer.concat([head, chunk.subarray(0, 4 - head.length)]);
      attempt(() => decoder.push(chunk, false), done);
    },
    flush(done) {
      if (head.length < 4 || head.readUInt32LE(0) !== ZSTD_MAGIC) return done(broken(new Error('no zstd frame')));
      return attempt(
        () => decoder.push(new Uint8Array(0), true),
        (error) => {
          done(error ?? (isEnded ? undefined : broken(new Error('it ends too early'))));
        },
      );
    },
  });
  const decoder = new Decompress((chunk, final) => {
    isEnded ||= final === true;
    // Copied: the library uses its window again.
    if (chunk.length > 0) stream.push(Buffer.from(chunk));
  });
  function attempt(work: () => void, done: (error?: Error) => void): void {
    try {
      work();
    } catch (error) {
      return done(broken(error));
    }
    return done();
  }
  return stream;
}
