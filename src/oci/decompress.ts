import { PassThrough } from 'node:stream';
import type { Duplex } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { Descriptor } from './descriptor.ts';
import { ociError } from './errors.ts';
import { layerCompression } from './image-model.ts';

/** A stream that turns a layer's stored bytes into its tar. Node 20 has no zstd. */
export function layerDecompressor(descriptor: Descriptor): Duplex {
  const compression = layerCompression(descriptor.mediaType);
  if (compression === 'gzip') return createGunzip();
  if (compression === 'none') return new PassThrough();
  throw ociError('OCI_COMPRESSION_UNKNOWN', { digest: descriptor.digest, mediaType: descriptor.mediaType });
}
