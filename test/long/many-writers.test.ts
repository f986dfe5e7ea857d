import { expect, test } from 'vitest';
import { brokenPromises, crowd } from '../support/many-writers.ts';
import { temporaryFolder } from '../support/mirror-package.ts';

test('processes that push to one folder at once, some of them killed, lose nothing and break nothing', async () => {
  const scale = { writers: 4, entries: 40, killed: 1 };
  const result = await crowd(await temporaryFolder(), scale);
  expect(brokenPromises(scale, result)).toEqual([]);
  expect(result.reported.length).toBeGreaterThanOrEqual(30);
});
