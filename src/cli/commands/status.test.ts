import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { collectedTerminal } from '../../../test/support/collected-terminal.ts';
import { temporaryFolder } from '../../../test/support/mirror-package.ts';
import { dataFolder } from '../../coordinator/index.ts';
import { Database, createForgeLedger, createNotificationLedger } from '../../store/index.ts';
import { main } from '../main.ts';

const at = '2026-01-01T00:00:00.000Z';
const sha = 'a'.repeat(40);
let folder: string;
let ledger: ReturnType<typeof createForgeLedger>;

beforeEach(async () => {
  folder = await temporaryFolder();
  await writeFile(join(folder, 'slipway.server.yaml'), 'data: data\nstacks: [{ name: lab, remote: /r.git }]\n');
  const { database } = dataFolder(join(folder, 'data'));
  await mkdir(join(folder, 'data'), { recursive: true });
  ledger = createForgeLedger(new Database(database));
});

async function status(): Promise<string> {
  const { terminal, stdout } = collectedTerminal();
  await main(['status'], { env: {}, cwd: folder, terminal, signal: new AbortController().signal });
  return stdout();
}

describe('slipway status', () => {
  test('reports that the default branch is missing, and which exist', async () => {
    ledger.receive('lab', { refs: new Map([['refs/heads/master', sha]]), events: [], at });
    expect(await status()).toMatch(
      /^lab\n {2}No pipelines run in `lab`, .*It has master\.\n {4}hint: Set `defaultBranch`/,
    );
  });

  test('reports when an image is tried again, and what the forge refused', async () => {
    ledger.saveStatus({ stack: 'lab', sha, context: 'slipway', state: 'success', description: 'All', at });
    ledger.statusNotPosted(ledger.unpostedStatuses('lab')[0]!, { message: 'too many statuses', isFinal: true });
    const image = {
      stack: 'lab',
      repository: 'lab/stack',
      tag: '1',
      ref: 'rev-1',
      commit: sha,
      tree: sha,
      createdAt: at,
    };
    const { id } = ledger.addPublication({ ...image, refType: 'tag' });
    ledger.updatePublication(id, { attempts: 2, retryAt: '2026-01-01T00:01:00.000Z', message: 'no answer' });
    expect(await status()).toBe(
      [
        'lab',
        '  aaaaaaaa  slipway  success  All',
        '    not at the forge: too many statuses',
        '  image 1  lab/stack:1  waiting  attempt 2 failed, tried again at 2026-01-01T00:01:00.000Z: no answer',
        '',
      ].join('\n'),
    );
  });

  test('reports a destination that has taken no notification for an hour', async () => {
    const slack = '{ url: { env: URL } }';
    await writeFile(
      join(folder, 'slipway.server.yaml'),
      `data: data\nnotifications: [{ name: team, slack: ${slack} }, { name: ops, slack: ${slack} }]\n`,
    );
    const notifications = createNotificationLedger(new Database(dataFolder(join(folder, 'data')).database));
    const event = { type: 'runner.failed', subject: 'r', title: '', text: '', url: '' };
    notifications.add('team', { ...event, at });
    const failure = { attempts: 9, retryAt: at, problem: 'no answer', isReported: true };
    notifications.setFailure('team', { ...failure, failingSince: at });
    notifications.setFailure('ops', { ...failure, failingSince: new Date().toISOString() });
    expect(await status()).toBe(`notifications to team fail since ${at}, and 1 wait\n  no answer\n`);
  });
});
