import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { play, stories } from '../support/command-matrix.ts';
import { commandAttacks } from './command-attacks.ts';

const named = commandAttacks.map((attack) => [attack.threat, attack.what, attack] as const);

test.each(named)('%s: never does a comment succeed that %s', async (_threat, _what, attack) => {
  expect(await attack.attempt()).toBe(false);
  // Without this the attack might fail because it is none.
  expect(await attack.control(), 'control run').toBe(true);
});

test('T12: in no story of comments, edits, quotations and pushes does unapproved code run', async () => {
  const isSafe = fc.asyncProperty(stories, async (story) => {
    expect(await play(story)).toEqual([]);
  });
  await fc.assert(isSafe, { numRuns: 150 });
});
