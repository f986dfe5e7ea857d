import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Database } from './database.ts';
import { createFeed } from './feed.ts';
import { createForgeLedger } from './forge-ledger.ts';

let folder: string;
let database: Database;
const status = { stack: 'lab', sha: 'a1', context: 'slipway', description: 'goes on', at: '2026-01-01T00:00:00.000Z' };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-feed-'));
  database = new Database(join(folder, 'slipway.db'));
});
afterEach(() => {
  database.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('the feed', () => {
  test('names each subject once, at its newest change', () => {
    const [feed, ledger] = [createFeed(database), createForgeLedger(database)];
    ledger.saveStatus({ ...status, state: 'pending' });
    ledger.saveStatus({ ...status, sha: 'b2', state: 'pending' });
    const before = feed.newest();
    ledger.saveStatus({ ...status, state: 'success' });
    expect(feed.after(0, 10).map(({ subject }) => subject)).toEqual(['lab b2 slipway', 'lab a1 slipway']);
    expect(feed.after(before, 10).map(({ detail }) => JSON.parse(detail ?? '').state)).toEqual(['success']);
  });

  test('gives ids that grow over a restart', () => {
    createForgeLedger(database).saveStatus({ ...status, state: 'pending' });
    const before = createFeed(database).newest();
    database.close();
    database = new Database(join(folder, 'slipway.db'));
    expect(createFeed(database).newest()).toBe(before);
    createForgeLedger(database).saveStatus({ ...status, state: 'failure' });
    expect(
      createFeed(database)
        .after(before, 10)
        .map(({ id }) => id > before),
    ).toEqual([true]);
  });

  test('calls back for what changed, and for nothing else', () => {
    let calls = 0;
    const stop = createFeed(database).onChange(() => {
      calls += 1;
    });
    const ledger = createForgeLedger(database);
    ledger.receive('lab', { refs: new Map([['refs/heads/main', 'a1']]), events: [], at: status.at });
    expect(calls).toBe(0);
    ledger.saveStatus({ ...status, state: 'pending' });
    ledger.saveStatus({ ...status, state: 'pending' });
    expect(calls).toBe(1);
    stop();
    ledger.saveStatus({ ...status, state: 'success' });
    expect(calls).toBe(1);
  });
});
