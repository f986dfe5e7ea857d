import { expect, test } from 'vitest';
import { pushedRefs } from './pushed-refs.ts';

test('branches and tags of a push are reported with what they name now; what was removed, and other refs, are not', () => {
  const [a, b, none] = ['a'.repeat(40), 'b'.repeat(40), '0'.repeat(40)];
  const lines = [
    `${a} ${b} refs/heads/main`,
    `${none} ${a} refs/tags/v1`,
    `${a} ${none} refs/heads/gone`,
    `${none} ${a} refs/pull/7/head`,
    'not a line',
    '',
  ];
  expect(pushedRefs(lines.join('\n'))).toEqual([
    { ref: 'refs/heads/main', sha: b },
    { ref: 'refs/tags/v1', sha: a },
  ]);
});
