import { expect, test } from 'vitest';
import { testImage } from '../../test/support/image.ts';
import { testRegistry } from '../../test/support/registry.ts';
import { recordSigner } from '../../test/support/record-signer.ts';
import { realBill, realLock, smallLock } from '../../test/support/recorded-image.ts';
import { registryClient } from '../oci/index.ts';
import { diffImages, heldPackages, type HeldPackage } from './diff-images.ts';
import { packagesOf } from './plan.ts';
import { attachRecords } from './records/attach-records.ts';

const held = (text: string, variants?: string): HeldPackage => {
  const [name = '', version = '', hash = ''] = text.split(/[@/]/);
  return { name, version, hash, ...(variants === undefined ? {} : { variants }) };
};
const entry = (text: string) => [{ name: 'f', text }];

test('added, removed, changed and equal packages are listed, with the bytes to pull', async () => {
  const a = await testImage([entry('base'), entry('one')]);
  const b = await testImage([entry('base'), entry('two'), entry('three')]);
  const difference = diffImages(
    {
      image: a,
      packages: [held('zlib@1/a'), held('tcl@8/b', '+x'), held('hdf5@1/c', '+mpi'), held('old@1/d'), held('same@1/e')],
    },
    {
      image: b,
      packages: [held('same@1/e'), held('zlib@2/f'), held('tcl@8/g', '+x'), held('hdf5@1/h', '~mpi'), held('new@1/i')],
    },
  );
  expect(difference).toMatchObject({ added: [{ name: 'new' }], removed: [{ name: 'old' }], same: 1, newLayers: 2 });
  expect(difference.changed.map(({ name, kind }) => `${name} ${kind}`)).toEqual([
    'hdf5 variants',
    'tcl rebuilt',
    'zlib version',
  ]);
  expect(difference.newBytes).toBe(b.blobs.slice(2).reduce((sum, { descriptor }) => sum + descriptor.size, 0));
});

test('of two packages of one name only those that differ are listed', async () => {
  const image = await testImage([entry('base')]);
  const packages = [held('zlib@1/a'), held('zlib@2/b')];
  const difference = diffImages({ image, packages }, { image, packages: [held('zlib@2/b'), held('zlib@3/c')] });
  expect(difference).toMatchObject({ added: [], removed: [], same: 1, newLayers: 0, newBytes: 0 });
  expect(difference.changed).toMatchObject([{ from: { version: '1' }, to: { version: '3' } }]);
});

test.each([
  ['a large lock', realLock],
  ['a small lock', smallLock],
])('what an image holds is read from its bill of materials: %s', async (_, lock) => {
  const image = await testImage([entry('base')]);
  const { descriptor } = image.manifest;
  const { fetch } = testRegistry();
  const target = registryClient({ registry: 'registry.example.org', repository: 'lab', access: 'push', fetch });
  const build = { builder: 'x', contents: 'packages', mirror: 'x', entries: new Map() };
  await attachRecords(target, {
    image: descriptor,
    bill: realBill({ digest: descriptor.digest }, lock),
    build,
    ...recordSigner(),
  });
  const packages = await heldPackages(target, image);
  expect(packages.map(({ hash }) => hash).toSorted()).toEqual(
    packagesOf(lock)
      .map(({ hash }) => hash)
      .toSorted(),
  );
  expect(packages.every(({ variants }) => variants !== undefined)).toBe(true);
});
