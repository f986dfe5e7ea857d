import { describe, expect, test } from 'vitest';
import { fixture } from '../../../test/fixtures/spack/fixtures.ts';
import { readLockfile } from '../lock/lockfile.ts';
import { intersects, satisfies } from './spec-match.ts';
import { parseSpec } from './spec-parser.ts';

/**
 * What Spack said of each subject (abstract, or a node of the lock) and each constraint: `b`oth, `s`atisfies,
 * `i`ntersects, `-` neither, `?` an error.
 */
interface Table {
  readonly constraints: readonly string[];
  readonly answers: Readonly<Record<string, string>>;
}
interface Pairs {
  readonly lock: string;
  readonly abstract: Table;
  readonly concrete: Table;
  /** A node's hash, a constraint and the answer. */
  readonly asked: readonly (readonly [string, string, string])[];
}
const pairs = JSON.parse(fixture('spec-pairs.json')) as Readonly<Record<'0.23' | '1.2', Pairs>>;

/**
 * Where we mean to answer otherwise, or cannot answer alike without recipes:
 * - an abstract multi-valued variant satisfies other values for 0.23, since it could still get them; for us not;
 * - 0.23 finds ranges of targets of two families to have one in common;
 * - 1.2 was asked the tables without its recipes and so knew no virtual package; we know those that the lock names.
 */
const meant: readonly RegExp[] = [
  /^0\.23 zlib target=x86_64_v2: \| target=aarch64:$/,
  /^0\.23 (?:hdf5 build_type=|zstd libs=shared \|)/,
  /^1\.2 .* \^zlib-api$/,
];

describe.each([
  ['0.23', 'compiler'],
  ['1.2', 'direct'],
] as const)('satisfies and intersects beside Spack %s', (version, percent) => {
  const { lock: path, abstract, concrete, asked } = pairs[version];
  const lock = readLockfile(fixture(path), path);

  test.each([
    ['abstract specs', abstract],
    ['nodes of a lock', concrete],
  ])('%s', (_, { constraints, answers }) => {
    const differing: string[] = [];
    let asked = 0;
    for (const [subject, letters] of Object.entries(answers)) {
      const node = subject.startsWith('/') ? lock.nodes.get(subject.slice(1)) : undefined;
      const one = node ?? parseSpec(subject, { percent });
      for (const [index, constraint] of constraints.entries()) {
        if (letters[index] === '?') continue;
        const wanted = parseSpec(constraint, { percent });
        const [does, can] = [satisfies(one, wanted, lock.nodes), intersects(one, wanted, lock.nodes)];
        asked += 1;
        const answer = does && can ? 'b' : does ? 's' : can ? 'i' : '-';
        if (answer !== letters[index]) differing.push(`${version} ${node?.name ?? subject} | ${constraint}`);
      }
    }
    expect(asked).toBeGreaterThan(200);
    expect(differing.filter((pair) => !meant.some((pattern) => pattern.test(pair)))).toEqual([]);
  });

  test('of single nodes', () => {
    for (const [subject, constraint, answer] of asked) {
      const node = lock.nodes.get(subject.slice(1));
      const does = node && satisfies(node, parseSpec(constraint, { percent }), lock.nodes);
      expect(does, `${node?.name} | ${constraint}`).toBe(answer === 'b');
    }
  });
});
