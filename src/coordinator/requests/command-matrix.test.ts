import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { accounts, commands, play, stories, tryCell } from '../../../test/support/command-matrix.ts';

// `npm run test:attack` tries the whole matrix, and more stories.
test.each(commands)('%s on a fork is for those who may, and for no one else', async (command) => {
  for (const account of accounts) {
    const outcome = await tryCell({ account, command, origin: 'fork' });
    expect(outcome.isRefusedForAccount, account).toBe(!outcome.isAllowed);
    expect(outcome.hasEffect && !outcome.isAllowed, account).toBe(false);
    expect(outcome.runsUnapproved, account).toBe(false);
  }
});

test('in no story does code of a fork run that no one approved, or an account do what it may not', async () => {
  const isSafe = fc.asyncProperty(stories, async (story) => {
    expect(await play(story)).toEqual([]);
  });
  await fc.assert(isSafe, { numRuns: 12 });
});
