import { describe, expect, test } from 'vitest';
import {
  formatVersions,
  intersectVersions,
  isEmptyRange,
  isVersionWithin,
  joinVersions,
  parseVersions,
  type VersionConstraint,
} from './version-constraint.ts';
import { compareVersions } from './version.ts';

const one = (text: string) => parseVersions(text)[0] as VersionConstraint;

test('versions stand in the order of Spack', () => {
  const order = [
    '1.2alpha1',
    '1.2beta',
    '1.2rc1',
    '1.2rc2',
    '1.2',
    '1.2a',
    '1.2.1',
    '1.9',
    '1.10',
    '2',
    '20240101123456789',
    'stable',
    'main',
    'develop',
  ];
  expect(order.toReversed().toSorted(compareVersions)).toEqual(order);
  for (const a of order)
    for (const b of order) expect(Math.sign(compareVersions(a, b))).toBe(-Math.sign(compareVersions(b, a)) + 0);
});

test('separators and leading zeros do not count', () => {
  expect(compareVersions('1.02-3', '1_2.3')).toBe(0);
});

describe('a constraint within another', () => {
  test.each([
    ['=1.2.3', '1.2', true],
    ['=1.20', '1.2', false],
    ['1.2', '=1.2', false],
    ['=1.4.9', ':1.4', true],
    ['=1.5', ':1.4', false],
    ['=1.2rc1', '1.1', true],
    ['=1.2rc2', '1.2rc1', false],
    ['=1.2rc1.3', '1.2', true],
    ['=1.02', '=1_2', true],
    ['1.2:1.3', '1.2:', true],
    [':', '1:', false],
    ['=develop', '1.2:', true],
    ['git.main=1.2', '1.2', true],
    ['git.main', '1.2', false],
    ['git.main', ':', true],
    ['git.main=1.2', 'git.main', true],
    ['git.next', 'git.main', false],
  ])('%s within %s: %s', (inner, outer, expected) => {
    expect(isVersionWithin(one(inner), one(outer))).toBe(expected);
  });
});

test.each([
  ['1.4:,1.2', '1.2,1.4:'],
  ['3:4,1:2', '1:4'],
  ['1:3,=2.1,=5', '1:3,=5'],
  ['git.main=1.2,1:', '1:'],
  ['=1.2,=1.2', '=1.2'],
])('the list %s is %s', (list, joined) => {
  expect(formatVersions(joinVersions(parseVersions(list)))).toBe(joined);
});

test.each([
  ['1.2:1.3', false],
  ['1.2.3:1.2', false],
  ['1.3:1.1', true],
  ['1.2:1.2rc1', true],
  ['develop:1', true],
])('%s holds no version: %s', (text, expected) => {
  expect(isEmptyRange(one(text))).toBe(expected);
});

describe('what two constraints share', () => {
  test.each([
    ['1.2:1.5', '1.4:2', '1.4:1.5'],
    ['1.2', '1.2.3:', '1.2.3:1.2'],
    [':1.4', '=1.4.2', '=1.4.2'],
    ['1.2', '1.3', undefined],
    ['=1.2', '=1.3', undefined],
    [':', '1.2', '1.2'],
  ])('%s and %s: %s', (a, b, expected) => {
    const shared = expected === undefined ? undefined : one(expected);
    expect(intersectVersions(one(a), one(b))).toEqual(shared);
    expect(intersectVersions(one(b), one(a))).toEqual(shared);
  });
});
