/**
 * The store: everything that must survive a crash, in one SQLite file. It implements the ports of the engine and the
 * coordinator (pipelines with their events, job runs, the state of remotes, posted statuses) and holds no rule of its
 * own: the engine decides what an event means, the coordinator what to do about it. A database of an earlier version is
 * upgraded by migrations when a server opens it.
 */
export { createAccessLedger } from './access-ledger.ts';
export { Database } from './database.ts';
export { storeError } from './errors.ts';
export { createLedgers } from './create-ledgers.ts';
export { createFeed, type Feed, type FeedEntry } from './feed.ts';
export { lockDataFolder } from './data-lock.ts';
export { raiseNumbers } from './raise-numbers.ts';
export { createIdentityLedger } from './identity-ledger.ts';
export { createForgeLedger } from './forge-ledger.ts';
export { createNotificationLedger } from './notification-ledger.ts';
export { createPackageHistory } from './package-history.ts';
export { createPipelineLedger } from './pipeline-ledger.ts';
export { createPromotionLedger } from './promotion-ledger.ts';
export { createRunnerLedger } from './runner-ledger.ts';
export { createTrendLedger } from './trend-ledger.ts';
