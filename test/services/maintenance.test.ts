import { expect, test } from 'vitest';
import { maintenanceDifferences } from '../support/maintenance-lab.ts';

test('on a mirror of 10,000 entries prune, promote, snapshot and views do what a plain computation says', async () => {
  expect(await maintenanceDifferences(2026, 10_000)).toEqual([]);
}, 900_000);
