import { expect, test } from 'vitest';
import { addressWith } from './query-state.ts';

test.each([
  ['/jobs', { name: 'q', value: 'hdf5 +mpi' }, '/jobs?q=hdf5+%2Bmpi'],
  ['/jobs?q=old&sort=name#L3', { name: 'q', value: 'new' }, '/jobs?q=new&sort=name#L3'],
  ['/jobs?q=old&sort=name', { name: 'q' }, '/jobs?sort=name'],
  ['/jobs?q=old#why=hdf5', { name: 'q' }, '/jobs#why=hdf5'],
])('%s with %o is %s', (address, change, changed) =>
  expect(addressWith(`http://localhost${address}`, change)).toBe(changed),
);
