import { expect, test } from 'vitest';
import { readPipeline } from '../../gitlab/index.ts';
import { expectedPath } from './expected-path.ts';

const { plan } = readPipeline(
  `one: { script: x, needs: [] }
wide: { script: x, needs: [] }
next: { script: x, needs: [one] }
a: { script: x, needs: [wide] }
b: { script: x, needs: [wide] }
c: { script: x, needs: [wide] }
`,
  'ci.yml',
  { variables: {}, source: 'push' },
);

const pathsWith = (spread: number, subject: (name: string) => string = (name) => name) =>
  expectedPath(plan!, ({ name }) => ({ seconds: 10, spread, subject: subject(name) }));

test('certain durations give the longest chain', () => {
  expect(Object.fromEntries(pathsWith(0))).toEqual({ one: 20, wide: 20, next: 10, a: 10, b: 10, c: 10 });
});

test('of equal chains, several are expected to take longer than one', () => {
  const paths = pathsWith(0.8);
  expect(paths.get('wide')).toBeGreaterThan((paths.get('one') ?? 0) * 1.1);
  expect(pathsWith(0.8)).toEqual(paths);
});

test('chains of the same package take equally long, whatever that is', () => {
  const paths = pathsWith(0.8, () => 'package');
  expect(paths.get('wide')).toBeCloseTo(paths.get('one') ?? 0);
});
