import { createForgeLedger } from './forge-ledger.ts';
import { createIdentityLedger } from './identity-ledger.ts';
import { createPackageHistory } from './package-history.ts';
import { createPipelineLedger } from './pipeline-ledger.ts';
import { createPromotionLedger } from './promotion-ledger.ts';
import { createTrendLedger } from './trend-ledger.ts';
import type { Database } from './database.ts';

/** Returns the ledgers that a coordinator works with. */
export function createLedgers(database: Database) {
  return {
    pipelines: createPipelineLedger(database),
    ledger: createForgeLedger(database),
    identities: createIdentityLedger(database),
    promotions: createPromotionLedger(database),
    trends: createTrendLedger(database),
    packages: createPackageHistory(database),
  };
}
