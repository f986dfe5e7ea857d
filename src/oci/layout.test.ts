import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { testImage } from '../../test/support/image.ts';
import { hexOf, mediaTypes, type Descriptor } from './descriptor.ts';
import { bytesBlob, jsonBytes, readImage, type Blob, type Image } from './image.ts';
import { layoutRepository } from './layout-repository.ts';
import { openLayout, type Layout } from './layout.ts';
import { validateImage } from './validate-image.ts';

let folder: string;
let layout: Layout;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-layout-'));
  layout = await openLayout(join(folder, 'images'), { create: true });
});
afterEach(() => rm(folder, { recursive: true }));

async function store(image: Image, repository: string, tag: string): Promise<void> {
  const target = layoutRepository(layout, repository);
  for (const blob of image.blobs) await target.putBlob(blob);
  await target.putManifest(image.manifest, tag);
}

const someImage = (text: string) => testImage([[{ name: 'file', text }]]);

describe('a layout', () => {
  test('returns what was put in, by tag and by digest', async () => {
    const image = await someImage('one');
    await store(image, 'lab/stack', 'v1');
    const { digest } = image.manifest.descriptor;
    const repository = layoutRepository(layout, 'lab/stack');
    for (const reference of ['v1', digest]) {
      const read = await readImage(repository, reference);
      expect(read.manifest).toEqual(image.manifest);
      expect(await validateImage(read)).toEqual([]);
    }
    expect(await layout.repositories()).toEqual(['lab/stack']);
  });

  test('keeps a manifest that its tag has left, but only in its own repository', async () => {
    const [one, two] = [await someImage('one'), await someImage('two')];
    await store(one, 'a', 'latest');
    await store(two, 'a', 'latest');
    await store(two, 'b', 'x');
    expect((await layout.resolve('a', 'latest'))?.descriptor.digest).toBe(two.manifest.descriptor.digest);
    expect((await layout.resolve('a', one.manifest.descriptor.digest))?.bytes).toEqual(one.manifest.bytes);
    expect(await layout.resolve('b', one.manifest.descriptor.digest)).toBeUndefined();
    expect(await layout.resolve('b', 'latest')).toBeUndefined();
    expect(await layout.tags('a')).toEqual(['latest']);
  });

  test('moving a tag back and forth leaves one line for each manifest', async () => {
    const [one, two] = [await someImage('one'), await someImage('two')];
    for (const image of [one, two, one, two, one]) await store(image, 'a', 'latest');
    const index = JSON.parse(await readFile(join(layout.path, 'index.json'), 'utf8')) as { manifests: unknown[] };
    expect(index.manifests).toHaveLength(2);
  });

  test('loses no tag when several are written at once', async () => {
    const image = await someImage('one');
    const other = await openLayout(layout.path);
    const layouts = [layout, other];
    const tags = Array.from({ length: 20 }, (_, index) => `t${index}`);
    const put = async (tag: string, index: number) =>
      layouts[index % 2]?.putManifest({ repository: 'a', reference: tag }, image.manifest);
    await Promise.all(tags.map(put));
    expect(await layout.tags('a')).toEqual(tags.toSorted());
  });

  test('shares a file on the same disk by a hard link, after checking it', async () => {
    const [, layer] = (await someImage('one')).blobs as [Blob, Blob];
    const file = join(folder, 'tarball');
    await writeFile(file, Buffer.concat(await (await layer.open()).toArray()));
    await layout.writeBlob({ ...layer, file });
    const stored = join(layout.path, 'blobs', 'sha256', hexOf(layer.descriptor.digest));
    expect((await stat(stored)).ino).toBe((await stat(file)).ino);
  });

  test.each(['as a file', 'as a stream'])(
    "refuses bytes that are not the digest's, %s, and keeps nothing",
    async (way) => {
      const [config, layer] = (await someImage('one')).blobs as [Blob, Blob];
      const file = join(folder, 'tarball');
      await writeFile(file, Buffer.alloc(layer.descriptor.size));
      const wrong = { ...layer, open: config.open, ...(way === 'as a file' ? { file } : {}) };
      await expect(layout.writeBlob(wrong)).rejects.toMatchObject({ code: 'OCI_BLOB_MISMATCH' });
      expect(await layout.sizeOf(layer.descriptor.digest)).toBeUndefined();
      expect(await readdir(join(layout.path, '.partial'))).toEqual([]);
    },
  );

  test('gives up a tag, and a manifest that no tag names; what others name stays', async () => {
    const image = await someImage('one');
    const { digest } = image.manifest.descriptor;
    await store(image, 'a', 'x');
    await store(image, 'b', 'x');
    expect(await layout.removeManifest({ repository: 'a', reference: digest })).toBe(false);
    expect(await layout.removeManifest({ repository: 'a', reference: 'x' })).toBe(true);
    expect(await layout.removeManifest({ repository: 'a', reference: 'x' })).toBe(false);
    expect((await layout.resolve('a', digest))?.descriptor.digest).toBe(digest);
    expect(await layout.removeManifest({ repository: 'a', reference: digest })).toBe(true);
    expect(await layout.resolve('a', digest)).toBeUndefined();
    expect(await layout.repositories()).toEqual(['b']);
    expect(await validateImage(await readImage(layoutRepository(layout, 'b'), 'x'))).toEqual([]);
  });

  test('loses with a manifest what nothing else needs, and nothing that a writer may be about to name', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    onTestFinished(() => void vi.useRealTimers());
    const [kept, gone, begun, found] = await Promise.all([
      someImage('kept'),
      someImage('gone'),
      someImage('begun'),
      someImage('found'),
    ]);
    const digestsOf = ({ blobs, manifest }: Image) => [manifest, ...blobs].map(({ descriptor }) => descriptor.digest);
    const present = async (image: Image) => {
      const names = new Set(await readdir(join(layout.path, 'blobs', 'sha256')));
      return digestsOf(image).map((digest) => names.has(hexOf(digest)));
    };
    // One image by a tag, and the same below an index without a name of its own.
    const index = jsonBytes({ schemaVersion: 2, mediaType: mediaTypes.index, manifests: [kept.manifest.descriptor] });
    const top = { bytes: index, descriptor: bytesBlob(index, mediaTypes.index).descriptor };
    await store(kept, 'a', 'once');
    await layout.putManifest({ repository: 'a', reference: 'kept' }, top);
    await store(gone, 'a', 'gone');
    await store(found, 'a', 'found');
    const remove = async (image: Image, tag: string) => {
      await layout.removeManifest({ repository: 'a', reference: tag });
      await layout.removeManifest({ repository: 'a', reference: image.manifest.descriptor.digest });
    };
    vi.setSystemTime(Date.now() + 7 * 3600_000);
    for (const blob of begun.blobs) await layout.writeBlob(blob);
    const [layer] = found.blobs.slice(1).map(({ descriptor }) => descriptor);
    expect(await layoutRepository(layout, 'b').hasBlob(layer as Descriptor)).toBe(true);
    await remove(found, 'found');
    expect(await present(found)).toEqual([false, false, true]);
    await remove(kept, 'once');
    expect(await present(kept)).toEqual([true, true, true]);
    expect(await present(gone)).toEqual([true, true, true]);
    await remove(gone, 'gone');
    expect(await present(gone)).toEqual([false, false, false]);
    expect(await present(kept)).toEqual([true, true, true]);
    expect(await present(begun)).toEqual([false, true, true]);
    vi.setSystemTime(Date.now() + 7 * 3600_000);
    await store(gone, 'a', 'again');
    await remove(gone, 'again');
    expect(await present(begun)).toEqual([false, false, false]);
    expect(await present(gone)).toEqual([true, true, true]);
  });

  test('stops reading at the first byte too many', async () => {
    const [config] = (await someImage('one')).blobs as [Blob];
    let given = 0;
    const endless = Readable.from(
      (function* () {
        for (;;) {
          given += 1;
          yield Buffer.alloc(65536);
        }
      })(),
    );
    await expect(layout.writeBlob({ ...config, open: async () => endless })).rejects.toMatchObject({
      code: 'OCI_BLOB_MISMATCH',
    });
    expect(given).toBeLessThan(100);
  });

  test('detects a damaged blob when it is read', async () => {
    await store(await someImage('one'), 'a', 'x');
    const image = await readImage(layoutRepository(layout, 'a'), 'x');
    const layer = image.blobs[1] as Blob;
    const path = join(layout.path, 'blobs', 'sha256', hexOf(layer.descriptor.digest));
    const bytes = await readFile(path);
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    await rm(path);
    await writeFile(path, bytes);
    expect(await validateImage(image)).toMatchObject([{ where: 'layer 1' }]);
  });

  test('that is another kind of folder is refused by name', async () => {
    await expect(openLayout(folder)).rejects.toMatchObject({
      code: 'OCI_LAYOUT_INVALID',
      message: expect.stringContaining(folder),
    });
  });

  test('takes no name that leaves its repository', async () => {
    const image = await someImage('one');
    for (const repository of ['../x', 'A', 'a:b', '']) {
      await expect(layout.putManifest({ repository, reference: 'x' }, image.manifest)).rejects.toMatchObject({
        code: 'OCI_REFERENCE_INVALID',
      });
    }
  });
});
