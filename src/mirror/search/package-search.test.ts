import { describe, expect, test } from 'vitest';
import { fixture } from '../../../test/fixtures/spack/fixtures.ts';
import { memoryStore } from '../../../test/support/memory-store.ts';
import { tinyNode } from '../../../test/support/tiny-node.ts';
import { parseSpec, pythonJson, readLockfile, satisfies, type SpecNode } from '../../spack/index.ts';
import { IndexPublisher } from '../catalog/index-publisher.ts';
import type { IndexRow } from '../catalog/index-rows.ts';
import { PackageCatalog } from './package-catalog.ts';
import { searchPackages } from './package-search.ts';

const tutorial = readLockfile(fixture('spack-0.23-tutorial/spack.lock'), 'spack.lock');
const nodes = [...tutorial.nodes.values()];
const rows = nodes.map((node, index): IndexRow => {
  const { hash } = node;
  return { seq: index + 1, hash, present: true, refs: 0, node: pythonJson(node), manifest: '' };
});
const content = await catalogOf(rows).current();
const found = (text: string) => searchPackages(content, text).map(({ name, version }) => `${name}@${version}`);

function catalogOf(all: readonly IndexRow[]): PackageCatalog {
  return new PackageCatalog({
    extent: async () => ({ last: all.length, altered: 0 }),
    rowsAfter: (seq, limit) => all.slice(seq, seq + limit),
  });
}

describe('a search for packages', () => {
  test.each([
    'hdf5@1.14',
    'hdf5+mpi',
    'hdf5~mpi',
    'trilinos %gcc@12:',
    'trilinos ^openmpi',
    'hdf5 ^mpi',
    'hdf5 ^zlib-ng+opt',
    'target=x86_64_v3',
    'build_type=Release',
    '^[virtuals=mpi]mpich',
    '@:1.2',
  ])('finds by `%s` what Spack’s rules say', (text) => {
    const spec = parseSpec(text);
    const expected = nodes.filter((node) => satisfies(node, spec, tutorial.nodes));
    const part = spec.name === undefined ? [] : nodes.filter(({ name }) => name !== spec.name).map(({ hash }) => hash);
    const hashes = searchPackages(content, text).map(({ hash }) => hash);
    expect(hashes.filter((hash) => !part.includes(hash)).toSorted()).toEqual(
      expected.map(({ hash }) => hash).toSorted(),
    );
  });

  test('takes words as parts of a name, beginnings of a version and beginnings of a hash', () => {
    const [hdf5] = nodes.filter(({ name }) => name === 'hdf5') as [SpecNode];
    expect(found('HDF')).toContain(`hdf5@${hdf5.version}`);
    expect(found('hdf5 1.14').length).toBeGreaterThan(0);
    expect(found('hdf5 9').length).toBe(0);
    expect(searchPackages(content, hdf5.hash.slice(0, 6)).map(({ hash }) => hash)).toEqual([hdf5.hash]);
    expect(searchPackages(content, `/${hdf5.hash.slice(0, 6)}`).map(({ hash }) => hash)).toEqual([hdf5.hash]);
    expect(found('')).toHaveLength(nodes.length);
  });

  test('lists what is named exactly so first, and of one name the newest version first', () => {
    expect(found('zlib').indexOf(`zlib@1.3.1`)).toBeLessThan(found('zlib').indexOf('zlib-ng@2.2.1'));
    const versions = ['1.9', '1.10', '1.2'].map((version) => tinyNode('tide', version, []));
    const all = versions.map((node, index) => ({ ...rows[0]!, ...node, seq: index + 1, node: pythonJson(node) }));
    return catalogOf(all)
      .current()
      .then((few) => {
        const order = (text: 'name' | 'newest') => searchPackages(few, '', text).map(({ version }) => version);
        expect(order('name')).toEqual(['1.10', '1.9', '1.2']);
        expect(order('newest')).toEqual(['1.2', '1.10', '1.9']);
      });
  });

  test('leaves out the end of a spec that is not typed yet, and refuses what is no spec', () => {
    expect(found('hdf5@')).toEqual(found('hdf5'));
    expect(found('hdf5 +')).toEqual(found('hdf5'));
    expect(() => found('hdf5@1 zlib@1')).toThrow(/second package name/);
  });
});

describe('a catalog', () => {
  test('follows the index of a mirror', async () => {
    const publisher = new IndexPublisher(memoryStore());
    const catalog = new PackageCatalog(publisher);
    const names = async () => searchPackages(await catalog.current(), '').map(({ name }) => name);
    expect(await names()).toEqual([]);
    const tide = tinyNode('tide', '1.0', []);
    const gauge = tinyNode('gauge', '2.1', [tide]);
    await publisher.add({ version: 5, nodes: [gauge, tide] });
    expect(await names()).toEqual(['gauge']);
    const content = await catalog.current();
    const named = content.get(tide.hash);
    expect(named).toMatchObject({ name: 'tide', isPresent: false });
    expect(content.usersOf(named?.number ?? 0)).toEqual([{ number: content.get(gauge.hash)?.number, isLater: true }]);
    await publisher.add({ version: 5, nodes: [tide] });
    expect(await names()).toEqual(['gauge', 'tide']);
    await publisher.add({ version: 5, nodes: [tinyNode('buoy', '3', [])] });
    expect(await Promise.all([names(), names()])).toEqual(Array.from({ length: 2 }, () => ['buoy', 'gauge', 'tide']));
    await publisher.remove([gauge.hash]);
    expect(await names()).toEqual(['buoy', 'tide']);
    publisher.close();
  });
});
