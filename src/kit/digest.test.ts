import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { gather } from '../../test/support/gather.ts';
import { temporaryFolder } from '../../test/support/mirror-package.ts';
import { base32, digestFile, digestStream, sha256 } from './digest.ts';

test.each([
  ['', ''],
  ['f', 'my======'],
  ['fo', 'mzxq===='],
  ['foo', 'mzxw6==='],
  ['foob', 'mzxw6yq='],
  ['fooba', 'mzxw6ytb'],
  ['foobar', 'mzxw6ytboi======'],
])('base32 of %j is %j, as RFC 4648 has it', (text, expected) => {
  expect(base32(Buffer.from(text))).toBe(expected);
});

test('base32 is as long as it must be, of letters and digits that it may have', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      expect(base32(bytes)).toMatch(/^[a-z2-7]*={0,6}$/);
      expect(base32(bytes)).toHaveLength(Math.ceil(bytes.length / 5) * 8);
    }),
  );
});

test('a stream, a file and bytes have the same digest', async () => {
  const bytes = Buffer.alloc(200_000, 'slipway');
  const file = join(await temporaryFolder(), 'file');
  await writeFile(file, bytes);
  const stream = digestStream();
  expect(
    Buffer.concat(await gather<Buffer>(Readable.from([bytes.subarray(0, 7), bytes.subarray(7)]).pipe(stream))),
  ).toEqual(bytes);
  expect(stream.result()).toEqual({ sha256: sha256(bytes), size: 200_000 });
  expect(await digestFile(file)).toEqual(stream.result());
});
