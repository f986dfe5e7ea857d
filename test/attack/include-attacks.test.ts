import { expect, test } from 'vitest';
import { includeAttacks, includingSite } from './include-attacks.ts';

const named = includeAttacks.map((attack) => [attack.threat, attack.what, attack] as const);

test.each(named)('%s: never does a change succeed that %s', async (_threat, _what, attack) => {
  expect(await attack.attempt(await includingSite())).toBe(false);
  // Without this the attack might fail because it is none.
  expect(await attack.control(await includingSite()), 'control run').toBe(true);
});
