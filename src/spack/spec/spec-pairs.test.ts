import { describe, expect, test } from 'vitest';
import { fixture } from '../../../test/fixtures/spack/fixtures.ts';
import { readLockfile } from '../lock/lockfile.ts';
import { intersects, satisfies } from './spec-match.ts';
import { parseSpec } from './spec-parser.ts';

/** What Spack said of each subject (abstract, or a node of the lock) and each constraint: `b`oth, `s`atisfies, `i`ntersects, `-` neither, `?` an error. */
interface Table {
  readonly constraints: readonly string[];
  readonly answers: Readonly<Record<string, string>>;
}
interface Pairs {
  readonly lock: string;
  readonly abstract: Table;
  readonly concrete: Table;
}
const pairs = JSON.parse(fixture('spec-pairs.json')) as Readonly<Record<'0.23' | '1.2', Pairs>>;

/**
 * Where we mean to answer otherwise, or cannot answer alike without recipes:
 * - an abstract multi-valued variant satisfies other values for 0.23, since it could still get them; for us not;
 * - of targets, only the levels of x86-64 are known to us, so another family is never below or above one of them;
 * - 1.2 was asked without its recipes and so knew no virtual package; we know those that the lock names;
 * - 1.2 does not look for `^` at what only built a dependency; 0.23 and we do.
 */
const meant: readonly RegExp[] = [
  /^0\.23 (?:hdf5 build_type=|zstd libs=shared \|)/,
  /^\S+ zlib target=x86_64_v2: \| (?:zlib )?target=aarch64:$/,
  /^1\.2 .* \^zlib-api$/,
  /^1\.2 slipway-noop \| \^gmake@4:$/,
];

describe.each([
  ['0.23', 'compiler'],
  ['1.2', 'direct'],
] as const)('satisfies and intersects beside Spack %s', (version, percent) => {
  const { lock: path, abstract, concrete } = pairs[version];
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
});
