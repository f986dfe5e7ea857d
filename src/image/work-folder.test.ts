import { mkdir, readFile, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../test/support/mirror-package.ts';
import { layerMaker } from './layers/layer-cache.ts';
import { WorkFolder } from './work-folder.ts';

const days = 24 * 3600;

async function makeLayer(path: string, key: string): Promise<string> {
  const make = layerMaker(join(path, 'layers'));
  const { blob } = await make({
    key,
    compression: 'none',
    tar: async function* () {
      yield Buffer.alloc(2048, key.padEnd(1024));
    },
  });
  return blob.file as string;
}

/** Makes every file in the folder as old as that. */
async function age(path: string, seconds: number): Promise<void> {
  const time = Date.now() / 1000 - seconds;
  for (const name of await readdir(path, { recursive: true })) await utimes(join(path, name), time, time);
}

describe('the folder of layers that were made', () => {
  test('loses what has not been used for too long', async () => {
    const work = new WorkFolder(await temporaryFolder());
    const old = await makeLayer(work.path, 'old');
    await age(work.path, 10 * days);
    const recent = await makeLayer(work.path, 'recent');
    await work.sweep({ bytes: 1e9, age: 20 * days });
    await expect(readFile(old)).resolves.toBeDefined();
    await work.sweep({ bytes: 1e9, age: 5 * days });
    await expect(readFile(old)).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(readFile(recent)).resolves.toBeDefined();
  });

  test('is made small enough, the longest unused first; what was used again counts as new', async () => {
    const work = new WorkFolder(await temporaryFolder());
    const [first, second] = [await makeLayer(work.path, 'first'), await makeLayer(work.path, 'second')];
    await age(work.path, days);
    await makeLayer(work.path, 'first');
    const left = await work.sweep({ bytes: 4096, age: 0 });
    expect(left).toBeLessThanOrEqual(4096);
    await expect(readFile(first)).resolves.toBeDefined();
    await expect(readFile(second)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('keeps all that a running build uses, however small it is to be', async () => {
    const work = new WorkFolder(await temporaryFolder());
    const [other, kept] = [await makeLayer(work.path, 'other'), await makeLayer(work.path, 'kept')];
    await age(work.path, days);
    await work.use(async (path) => {
      await makeLayer(path, 'kept');
      const fresh = await makeLayer(path, 'fresh');
      await mkdir(join(path, 'relocated-1'));
      await work.sweep({ bytes: 0, age: 1 });
      for (const file of [kept, fresh]) await expect(readFile(file)).resolves.toBeDefined();
      await expect(readFile(other)).rejects.toMatchObject({ code: 'ENOENT' });
      expect(await readdir(path)).toContain('relocated-1');
    });
    expect(await work.sweep({ bytes: 0, age: 0 })).toBe(0);
  });

  test('loses what builds left that were cut off, and nothing that is not its own', async () => {
    const work = new WorkFolder(await temporaryFolder());
    await mkdir(join(work.path, 'mirror-1/blobs'), { recursive: true });
    await mkdir(join(work.path, 'layers'));
    await mkdir(join(work.path, 'containers/graph'), { recursive: true });
    await writeFile(join(work.path, 'layers/partial-1'), 'cut off');
    await work.sweep({ bytes: 1e9, age: 0 });
    expect((await readdir(work.path, { recursive: true })).toSorted()).toEqual([
      'containers',
      'containers/graph',
      'layers',
    ]);
  });

  test('need not be there yet', async () => {
    const work = new WorkFolder(join(await temporaryFolder(), 'none'));
    expect(await work.sweep({ bytes: 0, age: 0 })).toBe(0);
  });
});
