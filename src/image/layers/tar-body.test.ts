import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import * as fc from 'fast-check';
import { extract, pack } from 'tar-stream';
import { describe, expect, test } from 'vitest';
import { TarBody, tarEnd } from './tar-body.ts';

async function tarOf(entries: readonly { name: string; text: string }[]): Promise<Buffer> {
  const archive = pack();
  for (const { name, text } of entries) archive.entry({ name, mtime: new Date(0) }, text);
  archive.finalize();
  return buffer(archive);
}

async function body(tar: Buffer, step = tar.length, seen?: Set<string>): Promise<Buffer> {
  const chunks = Array.from({ length: Math.ceil(tar.length / step) }, (_, at) =>
    tar.subarray(at * step, (at + 1) * step),
  );
  return buffer(Readable.from(chunks).pipe(new TarBody(seen)));
}

async function namesOf(tar: Buffer): Promise<readonly string[]> {
  const names: string[] = [];
  const reader = Readable.from([tar]).pipe(extract());
  for await (const entry of reader) {
    names.push(entry.header.name);
    entry.resume();
  }
  return names;
}

describe('the body of a tar', () => {
  test('has all entries, and can be followed by another’s, however the bytes come', async () => {
    const names = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,12}(\/[a-zé]{1,90}){0,3}$/), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(names, fc.integer({ min: 1, max: 2000 }), async (all, step) => {
        const entries = all.map((name, index) => ({ name, text: 'x'.repeat(index * 300) }));
        const half = Math.floor(entries.length / 2);
        const [one, two] = [await tarOf(entries.slice(0, half)), await tarOf(entries.slice(half))];
        const joined = Buffer.concat([await body(one, step), await body(two, step), tarEnd]);
        expect(await namesOf(joined)).toEqual(all);
      }),
      { numRuns: 40 },
    );
  });

  test('leaves out what came before, with the headers that say more of it', async () => {
    const long = `${'folder/'.repeat(40)}é`;
    const one = await tarOf([
      { name: 'opt/a', text: 'first' },
      { name: long, text: 'long' },
    ]);
    const two = await tarOf([
      { name: './opt/a/', text: 'again' },
      { name: 'b', text: 'b' },
      { name: long, text: 'x' },
    ]);
    const seen = new Set<string>();
    const joined = Buffer.concat([await body(one, 700, seen), await body(two, 700, seen), tarEnd]);
    expect(await namesOf(joined)).toEqual(['opt/a', long, 'b']);
  });

  test('leaves out all that follows the end, as Python pads it', async () => {
    const tar = await tarOf([{ name: 'a', text: 'a' }]);
    expect(await body(Buffer.concat([tar, Buffer.alloc(9000)]))).toEqual(tar.subarray(0, 1024));
  });

  test('takes sizes that octal digits cannot hold, from a pax header too', async () => {
    const header = Buffer.from((await tarOf([{ name: 'large', text: '' }])).subarray(0, 512));
    Buffer.from([0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0]).copy(header, 124);
    const content = Buffer.alloc(512, 1);
    const tar = Buffer.concat([header, content, tarEnd]);
    expect(await body(tar)).toEqual(tar.subarray(0, 1024));
    const records = Buffer.alloc(512);
    records.write('12 size=512\n');
    const pax = Buffer.from(header);
    pax.write('x', 156);
    pax.write('00000000014\0', 124);
    header.write('00000000000\0', 124);
    const withPax = Buffer.concat([pax, records, header, content, tarEnd]);
    expect(await body(withPax)).toEqual(withPax.subarray(0, 2048));
  });

  test('that is cut off is no tar', async () => {
    const tar = await tarOf([{ name: 'a', text: 'a' }]);
    await expect(body(tar.subarray(0, 700))).rejects.toThrow('in the middle of an entry');
  });
});
