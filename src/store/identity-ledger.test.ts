import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../test/support/mirror-package.ts';
import { Database } from './database.ts';
import { createIdentityLedger } from './identity-ledger.ts';

test('a token that was used is refused until it expires, also after a restart', async () => {
  const path = join(await temporaryFolder(), 'slipway.db');
  const first = new Database(path);
  const ledger = createIdentityLedger(first);
  expect(ledger.isTokenUsed('a')).toBe(false);
  expect(ledger.useToken('a', { expiresAt: 2000, now: 1000 })).toBe(true);
  expect(ledger.useToken('a', { expiresAt: 2000, now: 1000 })).toBe(false);
  first.close();
  const second = new Database(path);
  const again = createIdentityLedger(second);
  expect(again.isTokenUsed('a')).toBe(true);
  expect(again.useToken('a', { expiresAt: 2000, now: 2000 })).toBe(false);
  // It has expired by its own time, so it need not be remembered.
  expect(again.useToken('b', { expiresAt: 4000, now: 2001 })).toBe(true);
  expect(again.isTokenUsed('a')).toBe(false);
  second.close();
});
