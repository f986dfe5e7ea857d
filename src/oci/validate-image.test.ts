import { describe, expect, test } from 'vitest';
import { imageOf, testImage } from '../../test/support/image.ts';
import { digestOf, mediaTypes } from './descriptor.ts';
import { bytesBlob, jsonBytes, type Image } from './image.ts';
import { validateImage } from './validate-image.ts';

const whole = () => testImage([[{ name: 'a', text: 'a' }], [{ name: 'b', text: 'b' }]]);

async function withConfig(change: (config: Image['config']) => Image['config']): Promise<Image> {
  const image = await whole();
  const config = change(image.config);
  return imageOf([bytesBlob(jsonBytes(config), mediaTypes.config), ...image.blobs.slice(1)], config);
}

describe('validating an image', () => {
  test('finds nothing in a whole one', async () => {
    expect(await validateImage(await whole())).toEqual([]);
  });

  test("finds a diff_id that is not the layer's", async () => {
    const image = await withConfig((config) => ({
      ...config,
      rootfs: { type: 'layers', diff_ids: config.rootfs.diff_ids.toReversed() },
    }));
    expect((await validateImage(image)).map(({ kind, where }) => `${where} ${kind}`)).toEqual([
      'layer 1 diff-id',
      'layer 2 diff-id',
    ]);
  });

  test('finds a missing diff_id and a history that lists other layers', async () => {
    const image = await withConfig((config) => ({
      ...config,
      rootfs: { type: 'layers', diff_ids: config.rootfs.diff_ids.slice(0, 1) },
      history: [{ created_by: 'x' }],
    }));
    expect((await validateImage(image)).map(({ kind }) => kind)).toEqual(['diff-ids', 'history', 'diff-id']);
  });

  test('finds a layer that is not compressed as it says, and one of no known type', async () => {
    const image = await whole();
    const plain = bytesBlob(Buffer.from('no gzip'), mediaTypes.layerGzip);
    const odd = bytesBlob(Buffer.from('x'), 'text/plain');
    const findings = await validateImage(imageOf([image.blobs[0] as never, plain, odd], image.config));
    expect(findings.map(({ where, kind }) => `${where} ${kind}`)).toEqual(['layer 1 unreadable', 'layer 2 media-type']);
  });

  test("finds a manifest whose bytes are not its digest's", async () => {
    const image = await whole();
    const descriptor = { ...image.manifest.descriptor, digest: digestOf('other') };
    expect(await validateImage({ ...image, manifest: { ...image.manifest, descriptor } })).toMatchObject([
      { where: 'manifest', kind: 'digest' },
    ]);
  });
});
