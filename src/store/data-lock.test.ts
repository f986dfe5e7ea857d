import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../../test/support/mirror-package.ts';
import { identifyProcess } from '../kit/index.ts';
import { lockDataFolder } from './data-lock.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await temporaryFolder();
  file = join(folder, 'server.lock');
});

const holder = () => (JSON.parse(readFileSync(file, 'utf8')) as { pid: number }).pid;

test('a folder is locked under the process that has it, and free afterwards', () => {
  const lock = lockDataFolder(join(folder, 'new/data'));
  expect(readdirSync(join(folder, 'new/data'))).toEqual(['server.lock', 'server.lock.guard']);
  lock.release();
  expect(readdirSync(join(folder, 'new/data'))).toEqual(['server.lock.guard']);
});

test('a folder that a running process has is refused, and stays its own', async () => {
  const other = spawn('sleep', ['600']);
  onTestFinished(() => void other.kill());
  await once(other, 'spawn');
  writeFileSync(file, JSON.stringify(identifyProcess(other.pid as number)));
  expect(() => lockDataFolder(folder)).toThrow(
    expect.objectContaining({ code: 'STORE_IN_USE', details: { path: folder, pid: other.pid } }),
  );
  expect(holder()).toBe(other.pid);
  expect(readdirSync(folder)).toEqual(['server.lock', 'server.lock.guard']);
});

test.each([
  ['a process that has gone', () => JSON.stringify({ pid: 2 ** 22 + 1, startTime: '5' })],
  ['a process whose number another one has now', () => JSON.stringify({ pid: process.ppid, startTime: '1' })],
  ['a server that was cut off while it wrote it', () => '{"pid":'],
])('the lock of %s is taken over', (_whose, content) => {
  writeFileSync(file, content());
  const lock = lockDataFolder(folder);
  expect(holder()).toBe(process.pid);
  lock.release();
});

test('of several that start at once beside a stale lock, one gets it', async () => {
  const worker = join(import.meta.dirname, '../../test/support/lock-worker.mts');
  const workers = Array.from({ length: 4 }, () => fork(worker, [folder], { execArgv: ['--import', 'tsx'] }));
  onTestFinished(() => workers.forEach((one) => void one.kill()));
  const answers = async () =>
    (await Promise.all(workers.map((one) => once(one, 'message')))).map(([word]) => String(word)).toSorted();
  await answers();
  for (let round = 0; round < 20; round += 1) {
    writeFileSync(file, JSON.stringify({ pid: 2 ** 22 + 1, startTime: '5' }));
    for (const word of ['take', 'leave']) {
      const results = answers();
      for (const one of workers) one.send(word);
      if (word === 'take') expect(await results).toEqual(['STORE_IN_USE', 'STORE_IN_USE', 'STORE_IN_USE', 'take']);
      else await results;
    }
  }
});

test('a lock that another server has taken over is not taken away from it', () => {
  const lock = lockDataFolder(folder);
  writeFileSync(file, JSON.stringify({ pid: process.ppid, startTime: '1' }));
  lock.release();
  expect(holder()).toBe(process.ppid);
});
