import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/mirror-package.ts';
import { createSigningLog, verifySigningLog } from './signing-log.ts';
import { sha256 } from '../../kit/index.ts';
import type { SigningRecord } from './signing-record.ts';

const clock = { now: () => Date.parse('2026-12-01T00:00:00Z') };

function record(name: string): SigningRecord {
  const who = { stack: 'lab', pipeline: '7', job: '9', lockDigest: 'ab', fingerprint: 'F' };
  return { action: 'signed', ...who, name, version: '1', hash: 'h', tarball: 't' };
}

async function written() {
  const path = join(await temporaryFolder(), 'notary/signing.log');
  const log = await createSigningLog(path, { clock });
  await Promise.all(['a', 'b', 'c'].map((name) => log.append(record(name))));
  return { path, log, text: await readFile(path, 'utf8') };
}

test('records form a chain in the order in which they came, and go on after a restart', async () => {
  const { path, log, text } = await written();
  expect(
    text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as object),
  ).toMatchObject([
    { sequence: 1, name: 'a', time: '2026-12-01T00:00:00.000Z', previous: '0'.repeat(64) },
    { sequence: 2, name: 'b' },
    { sequence: 3, name: 'c' },
  ]);
  expect(verifySigningLog(text, log.head)).toEqual({ lines: 3, head: log.head, hasHead: true });
  expect(verifySigningLog(text, sha256('another')).hasHead).toBe(false);
  await (await createSigningLog(path, { clock })).append(record('d'));
  expect(verifySigningLog(await readFile(path, 'utf8')).lines).toBe(4);
});

test('the highest numbers that something was signed for are known after a restart', async () => {
  const { path, log } = await written();
  await log.append({ ...record('d'), pipeline: '12', job: '8' } as SigningRecord);
  await log.append({
    action: 'image',
    stack: 'lab',
    pipeline: '10',
    image: 'i',
    reference: 'r',
    locks: [],
    fingerprint: 'F',
  });
  expect(log.memory.used).toEqual({ pipeline: 12, job: 9 });
  expect((await createSigningLog(path, { clock })).memory.used).toEqual({ pipeline: 12, job: 9 });
});

test('a log that was closed is not written any more: it may have another writer', async () => {
  const { path, log } = await written();
  await log.close();
  const next = await createSigningLog(path, { clock });
  await next.append(record('d'));
  await expect(log.append(record('e'))).rejects.toMatchObject({ code: 'NOTARY_LOG_FAILED' });
  await next.append(record('f'));
  expect(verifySigningLog(await readFile(path, 'utf8'), next.head)).toMatchObject({ lines: 5, head: next.head });
});

test.each([
  ['altered', (text: string) => text.replace('"name":"b"', '"name":"x"'), 3],
  ['altered at its end', (text: string) => text.replace('"sequence":3', '"sequence":4'), 3],
  ['with a line less', (text: string) => text.split('\n').toSpliced(1, 1).join('\n'), 2],
  [
    'with two lines exchanged',
    (text: string) =>
      text
        .split('\n')
        .toSorted((a, b) => (b < a ? -1 : 1))
        .join('\n'),
    1,
  ],
  ['with a line more', (text: string) => `${text}{"sequence":4}\n`, 4],
  ['that is no JSON', () => 'x\n', 1],
  ['cut off', (text: string) => text.slice(0, -5), 3],
])('a log %s is refused with its line', async (_what, change, line) => {
  const { text } = await written();
  expect(() => verifySigningLog(change(text))).toThrow(
    expect.objectContaining({ code: 'NOTARY_LOG_BROKEN', details: expect.objectContaining({ line }) as unknown }),
  );
});

test('a line that a crash cut off is dropped when the next one is written', async () => {
  const { path } = await written();
  await appendFile(path, '{"sequence":4,"ti');
  const log = await createSigningLog(path, { clock });
  await log.append(record('d'));
  expect(verifySigningLog(await readFile(path, 'utf8'))).toMatchObject({ lines: 4, head: log.head });
});

test('a changed log is not written on', async () => {
  const { path, text } = await written();
  await writeFile(path, text.replace('"name":"a"', '"name":"x"'));
  await expect(createSigningLog(path, { clock })).rejects.toMatchObject({ code: 'NOTARY_LOG_BROKEN' });
});

test('a log that can not be written says where', async () => {
  const { path } = await written();
  await expect(createSigningLog(join(path, 'below'), { clock })).rejects.toMatchObject({ code: 'NOTARY_LOG_FAILED' });
});
