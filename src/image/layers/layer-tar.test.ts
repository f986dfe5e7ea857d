import { buffer } from 'node:stream/consumers';
import * as fc from 'fast-check';
import { pack } from 'tar-stream';
import { describe, expect, test } from 'vitest';
import { bytesBlob, mediaTypes, type Blob } from '../../oci/index.ts';
import { joinedTar, layerEntries } from './layer-tar.ts';

async function tarOf(entries: readonly { name: string; text: string }[]): Promise<Buffer> {
  const archive = pack();
  for (const { name, text } of entries) archive.entry({ name, mtime: new Date(0) }, text);
  archive.finalize();
  return buffer(archive);
}

const layerOf = (tar: Buffer): Blob => bytesBlob(tar, mediaTypes.layerTar);

async function contentOf(layer: Blob): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const entry of layerEntries(layer)) {
    const text = (await buffer(entry)).toString('utf8');
    found.push(`${entry.header.name} ${text}`);
  }
  return found;
}

async function joined(...tars: readonly Buffer[]): Promise<readonly string[]> {
  return contentOf(layerOf(await buffer(joinedTar(tars.map(layerOf)))));
}

describe('layers joined into one', () => {
  test('have all entries of each, the last layer first', async () => {
    const names = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,12}(\/[a-zé]{1,90}){0,3}$/), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(names, async (all) => {
        const entries = all.map((name, index) => ({ name, text: 'x'.repeat(index * 300) }));
        const half = Math.floor(entries.length / 2);
        const [one, two] = [await tarOf(entries.slice(0, half)), await tarOf(entries.slice(half))];
        const expected = [...entries.slice(half), ...entries.slice(0, half)];
        expect(await joined(one, two)).toEqual(expected.map(({ name, text }) => `${name} ${text}`));
      }),
      { numRuns: 40 },
    );
  });

  test('have a path once, from the last that has it', async () => {
    const long = `${'folder/'.repeat(40)}é`;
    const one = await tarOf([
      { name: './opt/a/', text: 'first' },
      { name: 'b', text: 'b' },
      { name: long, text: 'x' },
    ]);
    const two = await tarOf([
      { name: 'opt/a', text: 'again' },
      { name: long, text: 'long' },
    ]);
    expect(await joined(one, two)).toEqual(['opt/a again', `${long} long`, 'b b']);
  });

  test('have the bytes of their entries', async () => {
    const tar = await tarOf([
      { name: 'a', text: 'a' },
      { name: `${'folder/'.repeat(40)}é`, text: 'long' },
    ]);
    expect(await buffer(joinedTar([layerOf(tar)]))).toEqual(tar);
  });

  test('leave out all that follows the end of one, as Python pads it', async () => {
    const tar = await tarOf([{ name: 'a', text: 'a' }]);
    expect(await joined(Buffer.concat([tar, Buffer.alloc(9000)]))).toEqual(['a a']);
  });

  test('keep names that are not UTF-8', async () => {
    const tar = Buffer.from(await tarOf([{ name: 'caf_', text: 'a' }]));
    tar[3] = 0xe9;
    expect((await buffer(joinedTar([layerOf(tar)]))).subarray(0, 4)).toEqual(Buffer.from('caf\xE9', 'latin1'));
  });

  test('that are cut off are no tar', async () => {
    const tar = await tarOf([{ name: 'a', text: 'a' }]);
    await expect(joined(tar.subarray(0, 700))).rejects.toThrow('in the middle of an entry');
  });
});
