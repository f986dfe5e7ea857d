import { describe, expect, test } from 'vitest';
import { tinyNode } from '../../../test/support/tiny-node.ts';
import type { Lockfile, SpecNode } from '../../spack/index.ts';
import { legacyRules, readLegacySection } from './legacy-section.ts';

const compiler = { name: 'gcc', version: '7.5.0' };
const zlib: SpecNode = { ...tinyNode('zlib', '1.2.11', []), compiler };
const hdf5: SpecNode = { ...tinyNode('hdf5', '1.10.7', [zlib]), compiler };
const lock: Lockfile = {
  lockfileVersion: 5,
  specfileVersion: 4,
  spack: {},
  roots: [],
  nodes: new Map([zlib, hdf5].map((node) => [node.hash, node])),
};

const section = readLegacySection({
  image: 'standard:1',
  tags: ['spack'],
  variables: { SIZE: 'small', FAST: 'no' },
  before_script: ['general'],
  mappings: [
    { match: ['hdf5@1.12:', 'zlib%gcc@7'], 'runner-attributes': { tags: ['large'], variables: { SIZE: 'large' } } },
    { match: ['zlib'], 'runner-attributes': { tags: ['never'] } },
    { match: ['%gcc'], 'runner-attributes': { tags: ['other'], image: 'other:1', before_script: ['own'] } },
  ],
});

const rulesFor = legacyRules(section, lock, {});

describe('mappings of gitlab-ci:', () => {
  test('only the first that matches counts; tags are joined, variables go by name', () => {
    expect(rulesFor(zlib)?.apply({})).toEqual({
      image: 'standard:1',
      tags: ['spack', 'large'],
      variables: { SIZE: 'large', FAST: 'no' },
      before_script: ['general'],
    });
  });

  test('anything else of a mapping stands instead of what is general', () => {
    expect(rulesFor(hdf5)?.apply({})).toMatchObject({
      image: 'other:1',
      tags: ['spack', 'other'],
      before_script: ['own'],
    });
  });

  test('what none matches has no job', () => {
    expect(rulesFor({ ...zlib, compiler: { name: 'clang', version: '12' }, name: 'fmt' })).toBeUndefined();
  });

  test.each([
    [{}, 'gitlab-ci.mappings'],
    [{ mappings: [{ 'runner-attributes': {} }] }, 'gitlab-ci.mappings.0.match'],
    [{ mappings: [], bootstrap: [{ compiler: 'gcc' }] }, 'gitlab-ci.bootstrap.0'],
  ])('%j is refused with the place', (text, place) => {
    expect(() => readLegacySection(text)).toThrow(place);
  });
});
