import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { describe, expect, test } from 'vitest';
import { zstdCompressed } from './compress.ts';
import { layerDecompressor } from './decompress.ts';
import { bytesBlob } from './image.ts';
import { mediaTypes } from './descriptor.ts';

const chunks = Array.from({ length: 40 }, (_none, index) =>
  index % 3 === 0 ? randomBytes(70_000) : Buffer.alloc(150_000, index),
);
const plain = Buffer.concat(chunks);
const compress = async () => buffer(Readable.from(zstdCompressed(Readable.from(chunks))));

async function expand(bytes: Uint8Array): Promise<Buffer> {
  const decompressor = layerDecompressor(bytesBlob(bytes, mediaTypes.layerZstd).descriptor);
  const result = buffer(decompressor);
  result.catch(() => undefined);
  await pipeline(Readable.from([bytes]), decompressor, { end: true });
  return result;
}

describe('zstd', () => {
  test('returns what went in, also when several compress at once, and the same bytes each time', async () => {
    const [one, two] = await Promise.all([compress(), compress()]);
    expect(one.equals(two)).toBe(true);
    expect(one.length).toBeLessThan(plain.length / 2);
    expect((await expand(one)).equals(plain)).toBe(true);
  });

  test('refuses what is cut off or no zstd', async () => {
    const whole = await compress();
    for (const bytes of [whole.subarray(0, whole.length - 10), whole.subarray(0, 2), Buffer.from('plain text')]) {
      await expect(expand(bytes)).rejects.toMatchObject({ code: 'OCI_LAYER_BROKEN' });
    }
  });
});
