/**
 * The store: everything that must survive a crash, in one SQLite file. It implements the ports that the engine's and
 * the coordinator's work need (pipelines with their events, job runs, what remotes said and what we answered) and
 * holds no rule of its own: what an event means is the engine's business, what to do about it the coordinator's.
 */
export { Database } from './database.ts';
export { storeError } from './errors.ts';
export { createFeed } from './feed.ts';
export type { Feed, FeedEntry } from './feed.ts';
export { lockDataFolder } from './data-lock.ts';
export { raiseNumbers } from './raise-numbers.ts';
export { createJourneyLedger } from './journey-ledger.ts';
export { createPipelineLedger } from './pipeline-ledger.ts';
export { createRunnerLedger } from './runner-ledger.ts';
