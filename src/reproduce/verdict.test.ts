import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { JobReproduction } from '../protocol/index.ts';
import { failureOf, judge } from './verdict.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-verdict-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const job = (status: 'failed' | 'success', exitCode?: number, failure?: string) =>
  ({ job: { status, exitCode, name: 'build' }, failure }) as unknown as JobReproduction;

async function verdict(there: JobReproduction, exitCode: number, log: string, isTimedOut = false) {
  writeFileSync(join(folder, 'log-here.txt'), log);
  return judge(there, { exitCode, isTimedOut }, folder);
}

test.each([
  [
    'the same status and fault',
    job('failed', 3, 'no luck at /a/b/c.ts line 7'),
    3,
    'error: no luck at /x/c.ts line 9',
    'reproduced',
  ],
  ['the same status, and no word on why', job('failed', 3), 3, '', 'reproduced'],
  ['another status', job('failed', 3, 'no luck'), 4, 'error: no luck', 'failed-otherwise'],
  ['another fault', job('failed', 1, 'no luck'), 1, 'error: no water', 'failed-otherwise'],
  ['a failure of what succeeded', job('success', 0), 1, '', 'failed-otherwise'],
  ['a success', job('failed', 1, 'no luck'), 0, '', 'succeeded'],
])('%s', async (_, there, exitCode, log, outcome) => {
  expect((await verdict(there, exitCode, log)).outcome).toBe(outcome);
});

test('the failure has the exit status of the job, and says what there was', async () => {
  const other = failureOf(await verdict(job('success', 0), 9, 'error: x'), 'build', 'reproduce-7');
  expect([other.exitCode, other.message]).toEqual([
    9,
    'Job `build` fails differently here: exit status 9 (x), on the server it ended as success.',
  ]);
  const late = await verdict(job('failed', 1, 'no luck'), 1, '', true);
  expect(late).toMatchObject({ outcome: 'failed-otherwise', here: { failure: 'it took too long' } });
});
