import { expect, test } from 'vitest';
import { brokenPromises, crowd } from '../support/many-writers.ts';
import { temporaryFolder } from '../support/mirror-package.ts';

test('sixteen processes push five hundred entries to one folder at once, four of them killed: nothing reported is lost', async () => {
  const scale = { writers: 16, entries: 500, killed: 4 };
  const result = await crowd(await temporaryFolder(), scale);
  expect(brokenPromises(scale, result)).toEqual([]);
  expect(result.reported.length).toBeGreaterThan(370);
}, 300_000);
