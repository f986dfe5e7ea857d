import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { tarOf } from '../../../test/support/image.ts';
import { temporaryFolder } from '../../../test/support/mirror-package.ts';
import { Secret, SecretSearch } from '../../kit/index.ts';
import { bytesBlob, mediaTypes } from '../../oci/index.ts';
import { factsReader } from './facts-cache.ts';

const found = 'hunter2-hunter2';
const search = (...values: readonly string[]) =>
  new SecretSearch(values.map((value, at) => [`SECRET_${at}`, new Secret(value)] as const));

/** A layer with a secret in it that counts how often it is read. */
async function countedLayer() {
  const tar = await tarOf([{ name: 'opt/a/config', text: `password = ${found}` }]);
  const layer = bytesBlob(gzipSync(tar), mediaTypes.layerGzip);
  let reads = 0;
  const open = () => {
    reads += 1;
    return layer.open();
  };
  return { layer: { ...layer, open }, reads: () => reads };
}

test('a layer whose facts are kept is searched again for secrets that were declared later', async () => {
  const folder = await temporaryFolder();
  const { layer } = await countedLayer();
  await factsReader({ folder })(layer);
  await factsReader({ folder, secrets: search('another-secret') })(layer);
  for (const secrets of [search(found), search('another-secret', found)])
    await expect(factsReader({ folder, secrets })(layer)).rejects.toMatchObject({
      code: 'IMAGE_LAYER_HOLDS_SECRET',
      details: { path: '/opt/a/config' },
    });
});

test('a layer is read once for each set of secrets', async () => {
  const folder = await temporaryFolder();
  const { layer, reads } = await countedLayer();
  const sets = [[], ['another-secret'], ['secret-of-a-stack', 'another-secret']];
  for (const values of [...sets, ...sets, ['another-secret', 'secret-of-a-stack']])
    await factsReader({ folder, secrets: search(...values) })(layer);
  expect(reads()).toBe(sets.length);
  const [file = ''] = await readdir(folder);
  expect(await readFile(join(folder, file), 'utf8')).not.toContain('another-secret');
});
