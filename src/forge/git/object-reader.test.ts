import { execFileSync } from 'node:child_process';
import { appendFileSync, chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/mirror-package.ts';
import { identifyProcess, spawnProgram } from '../../kit/index.ts';
import { ObjectReader } from './object-reader.ts';

const env = { PATH: process.env.PATH, HOME: '/', GIT_CONFIG_NOSYSTEM: '1' };

let folder: string;
let pids: number[];
let reader: ObjectReader;

beforeEach(async () => {
  folder = await temporaryFolder();
  pids = [];
  git('init', '--quiet', '--initial-branch=main');
  reader = open();
});

function git(...words: readonly string[]): string {
  const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org'];
  return execFileSync('git', ['-C', folder, ...identity, ...words], { env, encoding: 'utf8' }).trim();
}

function open(idle?: number): ObjectReader {
  return new ObjectReader({
    start: () => {
      const child = spawnProgram('git', ['-C', folder, 'cat-file', '--batch'], { env, stdio: 'pipe' });
      pids.push(child.pid as number);
      return child;
    },
    failure: ({ error, stderr }) => error ?? new Error(`git ended: ${stderr}`),
    ...(idle === undefined ? {} : { idle }),
  });
}

function write(text: string | Buffer): string {
  writeFileSync(join(folder, 'file'), text);
  return git('hash-object', '-w', 'file');
}

describe('objects of a repository', () => {
  test('are read by one process, however large they are and however many are requested at once', async () => {
    const texts = ['', 'one\n', 'x'.repeat(300_000), Buffer.from([0, 10, 255, 10])];
    const shas = texts.map(write);
    const read = await Promise.all([...shas, 'f'.repeat(40), ...shas.toReversed()].map((sha) => reader.read(sha)));
    const names = [...shas, undefined, ...shas.toReversed()];
    expect(read.map((object) => object?.sha)).toEqual(names);
    const isWhole = (text: string | Buffer, index: number) => read[index]?.bytes.equals(Buffer.from(text));
    expect(texts.map(isWhole)).toEqual(texts.map(() => true));
    expect(pids).toHaveLength(1);
  });

  test('are found when they come while the process runs, and after a collection', async () => {
    expect(await reader.read('HEAD')).toBeUndefined();
    git('commit', '--quiet', '--allow-empty', '-m', 'One');
    const one = git('rev-parse', 'HEAD');
    expect(await reader.read(`${one}^{commit}`)).toMatchObject({ sha: one, type: 'commit' });
    git('commit', '--quiet', '--allow-empty', '-m', 'Two');
    git('gc', '--quiet', '--prune=now');
    const two = git('rev-parse', 'HEAD');
    expect(await reader.read(two)).toMatchObject({ sha: two });
    expect(await reader.read('refs/heads/main')).toMatchObject({ sha: two });
    git('commit', '--quiet', '--allow-empty', '-m', 'Three');
    expect(await reader.read('refs/heads/main')).toMatchObject({ sha: git('rev-parse', 'HEAD') });
    expect(pids).toHaveLength(1);
  });

  test('cost nothing a second time', async () => {
    const sha = write('text');
    await reader.read(sha);
    process.kill(pids[0] as number, 'SIGKILL');
    expect(await reader.read(sha)).toMatchObject({ bytes: Buffer.from('text') });
    expect(pids).toHaveLength(1);
  });

  test('are read by a new process if the first one dies', async () => {
    const shas = ['one', 'two', 'three'].map(write);
    await reader.read(shas[0] as string);
    process.kill(pids[0] as number, 'SIGSTOP');
    const reading = [reader.read(shas[1] as string), reader.read(shas[2] as string)];
    process.kill(pids[0] as number, 'SIGKILL');
    expect(await Promise.all(reading)).toMatchObject([{ sha: shas[1] }, { sha: shas[2] }]);
    expect(pids).toHaveLength(2);
  });

  test('that kill the process fail, and others are read afterwards', async () => {
    const [broken, whole] = ['broken', 'whole'].map(write) as [string, string];
    const file = join(folder, '.git/objects', broken.slice(0, 2), broken.slice(2));
    const bytes = readFileSync(file);
    chmodSync(file, 0o644);
    writeFileSync(file, bytes.subarray(0, bytes.length - 6));
    appendFileSync(file, 'broken');
    await expect(reader.read(broken)).rejects.toThrow('git ended: ');
    expect(await reader.read(whole)).toMatchObject({ sha: whole });
  });

  test('need a repository', async () => {
    rmSync(join(folder, '.git'), { recursive: true });
    await expect(reader.read('HEAD')).rejects.toThrow('not a git repository');
  });

  test('whose names hold a newline do not exist', async () => {
    expect(await reader.read('HEAD\nHEAD')).toBeUndefined();
    expect(pids).toHaveLength(0);
  });
});

test('the process ends when nothing is read for a while, and the next read starts another', async () => {
  reader = open(20);
  const [one, two] = ['one', 'two'].map(write) as [string, string];
  await reader.read(one);
  while (identifyProcess(pids[0] as number) !== undefined) await sleep(5);
  expect(await reader.read(two)).toMatchObject({ sha: two });
  expect(pids).toHaveLength(2);
});

test('a process that waits for reads does not keep its owner running', async () => {
  const module = new URL('./object-reader.ts', import.meta.url).href;
  const kit = new URL('../../kit/programs/spawn-program.ts', import.meta.url).href;
  const sha = write('text');
  const program = `
    import { ObjectReader } from '${module}';
    import { spawnProgram } from '${kit}';
    const reader = new ObjectReader({
      start: () => spawnProgram('git', ['-C', '${folder}', 'cat-file', '--batch'], { env: 'inherited', stdio: 'pipe' }),
      failure: () => new Error('failed'),
      idle: 3_600_000,
    });
    console.log((await reader.read('${sha}')).bytes.toString());`;
  const words = ['--import', import.meta.resolve('tsx'), '--input-type=module', '--eval', program];
  expect(execFileSync(process.execPath, words, { encoding: 'utf8', timeout: 120_000 })).toBe('text\n');
});
