import { appendFileSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../test/support/mirror-package.ts';
import { silentLogger } from '../../test/support/silent-logger.ts';
import { Secret } from '../kit/index.ts';
import { AuditLog, csvLine, readAudit, readAuditPage, readMoment, verifyAudit, type AuditEntry } from './index.ts';

async function opened(start = '2026-11-29T12:00:00.000Z') {
  const folder = join(await temporaryFolder(), 'audit');
  const state = { now: Date.parse(start) };
  const clock = { now: () => state.now };
  const open = () => new AuditLog({ folder, log: silentLogger, clock });
  return { folder, state, open, log: open() };
}

function entry(action: string, change: Partial<AuditEntry> = {}): AuditEntry {
  return { who: 'account:ada', from: '127.0.0.1', action, stack: 'lab', on: 'job 1', outcome: 'done', ...change };
}

const actions = (folder: string, filter = {}) => [...readAudit(folder, filter)].map(({ action }) => action);

test('records continue over months, restarts and other writers as one chain', async () => {
  const { folder, state, open, log } = await opened('2026-11-30T23:59:00.000Z');
  log.record(entry('one'));
  const command = open();
  command.record(entry('two'));
  log.record(entry('three'));
  state.now += 120_000;
  log.record(entry('four'));
  open().record(entry('five'));
  expect(readdirSync(folder).filter((name) => name.endsWith('.jsonl'))).toEqual(['2026-11.jsonl', '2026-12.jsonl']);
  expect([...readAudit(folder, {})].map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5]);
  expect(verifyAudit(folder)).toMatchObject({ records: 5, first: 1 });
});

test('a clock that is set back does not split the chain', async () => {
  const { folder, state, log } = await opened('2026-12-01T00:00:00.000Z');
  log.record(entry('one'));
  state.now -= 3600_000;
  log.record(entry('two'));
  expect(verifyAudit(folder)).toMatchObject({ records: 2 });
});

test.each([
  ['altered', (text: string) => text.replace('"action":"b"', '"action":"x"'), 3],
  ['removed', (text: string) => text.split('\n').toSpliced(1, 1).join('\n'), 2],
  ['removed at the beginning', (text: string) => text.split('\n').toSpliced(0, 1).join('\n'), 1],
  ['added', (text: string) => `${text}{"sequence":5,"time":"","previous":"${'0'.repeat(64)}"}\n`, 5],
])('a line that was %s is found', async (_what, change, line) => {
  const { folder, log } = await opened();
  for (const action of ['a', 'b', 'c', 'd']) log.record(entry(action));
  const file = join(folder, '2026-11.jsonl');
  writeFileSync(file, change(readFileSync(file, 'utf8')));
  expect(() => verifyAudit(folder)).toThrow(
    expect.objectContaining({ code: 'AUDIT_BROKEN', details: expect.objectContaining({ line }) as unknown }),
  );
});

test('records cut off the end, and a whole month that is gone, are found', async () => {
  const { folder, state, log } = await opened('2026-10-01T00:00:00.000Z');
  for (let month = 0; month < 3; month += 1, state.now += 31 * 86_400_000) log.record(entry('a'));
  const { head } = verifyAudit(folder);
  rmSync(join(folder, '2026-12.jsonl'));
  expect(verifyAudit(folder)).toMatchObject({ records: 2 });
  expect(() => verifyAudit(folder, head)).toThrow(expect.objectContaining({ code: 'AUDIT_HEAD_MISSING' }));
  rmSync(join(folder, '2026-10.jsonl'));
  expect(() => verifyAudit(folder)).toThrow(expect.objectContaining({ code: 'AUDIT_BROKEN' }));
});

test('files that expire are recorded, and the rest can still be verified', async () => {
  const { folder, state, log } = await opened('2026-09-01T00:00:00.000Z');
  for (let month = 0; month < 4; month += 1, state.now += 31 * 86_400_000) log.record(entry(`m${month}`));
  log.expire(70);
  expect(actions(folder)).toEqual(['m2', 'm3', 'audit.expire', 'audit.expire']);
  expect(verifyAudit(folder)).toMatchObject({ records: 4, first: 3 });
  log.expire(0);
  expect(readdirSync(folder)).toContain('2026-11.jsonl');
});

test('a line that a crash cut off is dropped', async () => {
  const { folder, open, log } = await opened();
  log.record(entry('one'));
  appendFileSync(join(folder, '2026-11.jsonl'), '{"sequence":2,"ti');
  expect(verifyAudit(folder)).toMatchObject({ records: 1 });
  open().record(entry('two'));
  expect(actions(folder)).toEqual(['one', 'two']);
  expect(verifyAudit(folder)).toMatchObject({ records: 2 });
});

test('no record has a secret, in any encoding, nor credentials of an address', async () => {
  const { folder, log } = await opened();
  const secret = 'hunter2-hunter2';
  log.hide([new Secret(secret)]);
  const basic = Buffer.from(`user:${secret}`).toString('base64');
  const token = `glcbt-${'a'.repeat(32)}`;
  log.record(
    entry('one', { on: `x/${secret}/y`, reason: `Basic ${basic}`, details: { ref: encodeURIComponent(secret) } }),
  );
  log.record(entry('two', { reason: `https://user:pass@host/ ${Buffer.from(secret).toString('hex')} ${token}` }));
  const text = readFileSync(join(folder, '2026-11.jsonl'), 'utf8');
  for (const one of [secret, basic.slice(8), 'user:pass', Buffer.from(secret).toString('hex'), token])
    expect(text).not.toContain(one);
  expect(text).toContain('[MASKED]');
  const other = log.redact(`${secret} at https://user:pass@host/ with ${token}`);
  expect(other).toBe('[MASKED] at https://host/ with glcbt-[MASKED]');
});

test('refusals without end fill no disk, and are counted', async () => {
  const { folder, state, log } = await opened();
  const refused = entry('mirror.push', { who: 'job:1', outcome: 'refused', reason: 'no' });
  for (let index = 0; index < 250; index += 1) log.record(refused);
  log.record({ ...refused, who: 'job:2' });
  expect([...readAudit(folder, { who: 'job:1' })]).toHaveLength(100);
  expect([...readAudit(folder, { who: 'job:2' })]).toHaveLength(1);
  state.now += 11 * 60_000;
  log.record(refused);
  const [counted] = [...readAudit(folder, { who: 'job:1' })].slice(100);
  expect(counted).toMatchObject({ action: 'mirror.push', reason: '150 further attempts were only counted' });
  expect(verifyAudit(folder).records).toBe(103);
});

test('filters and pages find records, the newest first', async () => {
  const { folder, state, log } = await opened();
  for (const [action, who] of [
    ['job.retry', 'account:ada'],
    ['job.cancel', 'account:bob'],
    ['server.start', 'server'],
    ['job.play', 'account:ada'],
  ] as const) {
    log.record(entry(action, { who }));
    state.now += 60_000;
  }
  expect(actions(folder, { action: 'job.*', who: 'account:a*' })).toEqual(['job.retry', 'job.play']);
  expect(actions(folder, { since: '2026-11-29T12:01:00.000Z', until: '2026-11-29T12:03:00.000Z' })).toEqual([
    'job.cancel',
    'server.start',
  ]);
  const first = readAuditPage(folder, { action: 'job.*' }, { limit: 2 });
  expect([first.records.map(({ action }) => action), first.next]).toEqual([['job.play', 'job.cancel'], 2]);
  const second = readAuditPage(folder, { action: 'job.*' }, { before: first.next, limit: 2 });
  expect([second.records.map(({ action }) => action), second.next]).toEqual([['job.retry'], undefined]);
});

test('a page ends after so many records, whether they match or not, and the next one continues there', async () => {
  const { folder, log } = await opened();
  for (const action of ['job.retry', 'job.play', 'server.start', 'server.stop']) log.record(entry(action));
  const first = readAuditPage(folder, { action: 'job.*' }, { limit: 2, most: 2 });
  expect([first.records, first.next]).toEqual([[], 3]);
  const second = readAuditPage(folder, { action: 'job.*' }, { before: first.next, limit: 2, most: 3 });
  expect([second.records.map(({ action }) => action), second.next]).toEqual([['job.play', 'job.retry'], undefined]);
});

test('times are dates, times or ages', () => {
  const now = Date.parse('2026-11-29T12:00:00Z');
  expect(readMoment('7d', now)).toBe('2026-11-22T12:00:00.000Z');
  expect(readMoment('2026-11-29', now)).toBe('2026-11-29T00:00:00.000Z');
  expect(readMoment('2026-11-29T10:30', now)).toBe('2026-11-29T10:30:00.000Z');
  expect(readMoment('2026-11-29T10:30+01:00', now)).toBe('2026-11-29T09:30:00.000Z');
  expect(() => readMoment('yesterday', now)).toThrow(expect.objectContaining({ code: 'AUDIT_TIME_INVALID' }));
});

test('a cell of the export is never a formula, and keeps its commas and quotes', () => {
  const record = { ...entry('job.retry', { on: '=HYPERLINK("x")', reason: 'a, "b"\nc' }), sequence: 1, time: 'T' };
  expect(csvLine(record)).toBe(`1,T,account:ada,127.0.0.1,job.retry,lab,"'=HYPERLINK(""x"")",done,"a, ""b""\nc",`);
});

test('a record that cannot be written is reported and written later, and nothing else is done meanwhile', async () => {
  const { folder, log } = await opened();
  log.record(entry('one'));
  const file = join(folder, '2026-11.jsonl');
  renameSync(file, `${file}.aside`);
  mkdirSync(file);
  log.require();
  log.record(entry('two'));
  expect(() => log.require()).toThrow(expect.objectContaining({ code: 'AUDIT_UNWRITABLE', status: 507 }));
  rmSync(file, { recursive: true });
  renameSync(`${file}.aside`, file);
  log.require();
  log.record(entry('three'));
  expect(actions(folder)).toEqual(['one', 'two', 'three']);
  expect(verifyAudit(folder)).toMatchObject({ records: 3 });
});
