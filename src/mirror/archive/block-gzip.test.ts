import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { gunzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sha256 } from '../../kit/index.ts';
import { BlockGzip } from './block-gzip.ts';

/** Words drawn by a fixed rule: compressible, and the same on every run. */
function text(size: number, seed = 1): Buffer {
  const words = ['spack', 'hash', 'prefix', '\n', ' ', '/opt/stack/', 'lib', '0123', 'ELF'];
  let state = seed;
  let out = '';
  while (out.length < size) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    out += words[(state >>> 16) % words.length];
  }
  return Buffer.from(out.slice(0, size));
}

async function compress(chunks: readonly Buffer[], atOnce?: number): Promise<Buffer> {
  const gzip = new BlockGzip({ atOnce });
  const [bytes] = await Promise.all([buffer(gzip), pipeline(Readable.from(chunks), gzip)]);
  return bytes;
}

describe('the gzip encoder', () => {
  test.each([0, 1, 262_143, 262_144, 262_145, 524_288, 1_500_000])('returns %i bytes', async (size) => {
    const bytes = text(size);
    expect(gunzipSync(await compress([bytes])).equals(bytes)).toBe(true);
  });

  test('gives the same bytes however the input is cut and however many blocks are in work', async () => {
    const bytes = text(1_300_000);
    const whole = sha256(await compress([bytes], 8));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 400_000 }), { maxLength: 6 }),
        fc.integer({ min: 1, max: 9 }),
        async (sizes, atOnce) => {
          const chunks: Buffer[] = [];
          let at = 0;
          for (const size of sizes) chunks.push(bytes.subarray(at, (at += size)));
          chunks.push(bytes.subarray(at));
          expect(
            sha256(
              await compress(
                chunks.filter(({ length }) => length > 0),
                atOnce,
              ),
            ),
          ).toBe(whole);
        },
      ),
      { numRuns: 12 },
    );
  });

  test('finds what repeats across the border of two blocks', async () => {
    const noise = text(20_000, 99);
    const one = await compress([Buffer.concat([Buffer.alloc(262_144 - 20_000), noise])]);
    const two = await compress([Buffer.concat([Buffer.alloc(262_144 - 20_000), noise, noise])]);
    expect(two.length - one.length).toBeLessThan(400);
  });

  test('writes a header without time, name or system', async () => {
    expect((await compress([text(10)])).subarray(0, 10).toString('hex')).toBe('1f8b08000000000000ff');
  });

  test('stops with the pipeline that it is part of', async () => {
    const gzip = new BlockGzip({ atOnce: 1 });
    const source = new Readable({ read: () => undefined });
    const running = pipeline(source, gzip, async (bytes) => {
      for await (const _ of bytes);
    });
    source.push(text(900_000));
    source.destroy(new Error('cut off'));
    await expect(running).rejects.toThrow('cut off');
  });
});
