import { expect, test } from 'vitest';
import type { ChangedPackage } from '../../protocol/index.ts';
import { packageSentences } from './package-why.ts';

const causes = [
  { change: 'version 2.1.6 → 2.2.1', count: 1, packages: [named('zlib-ng', '2.2.1')], hashes: 4 },
  { change: 'variant pic: false → true', count: 4, packages: [named('cmake', '3.30')], hashes: 4 },
];

function named(name: string, version: string) {
  return { name, version, hash: name };
}

function changed(name: string, rest: Partial<ChangedPackage>): ChangedPackage {
  const same = { before: 'old', build: true, reason: 'missing; x', causes: [0], own: false, through: [] };
  return { ...named(name, '1.0'), ...same, ...rest };
}

test('a sentence names the change where it began, and the dependencies by way of which it comes', () => {
  const packages = [
    changed('zlib-ng', { version: '2.2.1', own: true }),
    changed('cmake', { causes: [1, 0], own: true, through: ['zlib-ng'] }),
    changed('curl', { through: ['zlib-ng'] }),
    changed('hdf5', { causes: [0, 1], through: ['cmake', 'curl'] }),
  ];
  expect(packageSentences({ causes, packages })).toEqual([
    'zlib-ng@2.2.1 is rebuilt because it changed (version 2.1.6 → 2.2.1).',
    'cmake@1.0 is rebuilt because it changed (variant pic: false → true), as 3 others did, ' +
      'and because zlib-ng@2.2.1 changed (version 2.1.6 → 2.2.1), on which it depends.',
    'curl@1.0 is rebuilt because zlib-ng@2.2.1 changed (version 2.1.6 → 2.2.1), on which it depends.',
    'hdf5@1.0 is rebuilt because zlib-ng@2.2.1 changed (version 2.1.6 → 2.2.1), which it uses through cmake and curl, ' +
      'and because 4 packages changed (variant pic: false → true), on which it depends.',
  ]);
});

test('a sentence distinguishes new packages, missing ones, and those that are on a mirror already', () => {
  const packages = [
    changed('first', { before: undefined, causes: [], reason: 'missing' }),
    changed('again', { before: undefined, causes: [], reason: 'on the mirror, but to be built again' }),
    changed('fresh', { before: undefined, causes: [0], own: true, build: false }),
    changed('kept', { build: false, reason: 'on the mirror; x', through: ['zlib-ng'] }),
    changed('alone', { causes: [] }),
  ];
  expect(packageSentences({ causes, packages })).toEqual([
    'first@1.0 is built because no mirror has it.',
    'again@1.0 is built: on the mirror, but to be built again.',
    'fresh@1.0 is new in this lock, and on the mirror already.',
    'kept@1.0 has another hash because zlib-ng@2.2.1 changed (version 2.1.6 → 2.2.1), on which it depends. ' +
      'It is not built: on the mirror.',
    'alone@1.0 is rebuilt because a dependency is gone.',
  ]);
});
