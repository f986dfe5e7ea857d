import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/mirror-package.ts';
import { Jobserver } from './jobserver.ts';

/** A jobserver that looks when a test calls `look`, and jobs that use their pipes. */
async function open(tokens: number) {
  const folder = await temporaryFolder();
  let look = (): void => undefined;
  let isLooking = false;
  const repeat = (callback: () => void) => {
    [look, isLooking] = [callback, true];
    return () => void (isLooking = false);
  };
  const jobserver = new Jobserver({ tokens, repeat });
  let count = 0;
  const join_ = (level: string) => {
    const path = join(folder, String((count += 1)));
    execFileSync('mkfifo', [path]);
    const leave = jobserver.join(level, path);
    const pipe = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
    onTestFinished(() => closeSync(pipe));
    return {
      path,
      leave,
      take: (most = 100) => takeFrom(pipe, most),
      giveBack: (text: string) => writeSync(pipe, text),
    };
  };
  return { join: join_, look: () => look(), isLooking: () => isLooking };
}

function takeFrom(pipe: number, most: number): number {
  try {
    return readSync(pipe, Buffer.alloc(most));
  } catch {
    return 0;
  }
}

test('a job that is alone gets all tokens but the one that it has', async () => {
  const { join: start } = await open(8);
  expect(start('protected').take()).toBe(7);
});

test('two jobs that want all get as many each', async () => {
  const { join: start, look } = await open(8);
  const [one, other] = [start('protected'), start('protected')];
  look();
  expect([one.take(), other.take()]).toEqual([3, 3]);
  look();
  expect([one.take(), other.take()]).toEqual([0, 0]);
});

test('what one job gives back goes to the other that wants more', async () => {
  const { join: start, look } = await open(8);
  const one = start('protected');
  expect(one.take()).toBe(7);
  const other = start('protected');
  expect(other.take()).toBe(0);
  one.giveBack('++++');
  look();
  expect(other.take() + one.take()).toBe(3);
});

test('a job that leaves its tokens is offered one now and then', async () => {
  const { join: start, look } = await open(4);
  const [idle, busy] = [start('protected'), start('protected')];
  look();
  busy.take();
  look();
  const taken = busy.take();
  expect(taken).toBeGreaterThan(0);
  busy.giveBack('+');
  const offers = Array.from({ length: 10 }, () => {
    look();
    busy.giveBack('+'.repeat(busy.take()));
    const offered = idle.take();
    idle.giveBack('+'.repeat(offered));
    return offered;
  });
  expect(offers.some((offered) => offered > 0)).toBe(true);
});

test('tokens of a job that ends without giving them back are there for the others', async () => {
  const { join: start, look } = await open(8);
  const killed = start('protected');
  expect(killed.take()).toBe(7);
  const other = start('protected');
  look();
  expect(other.take()).toBe(0);
  killed.leave();
  expect(other.take()).toBe(7);
});

test('a job that writes more than it took gains nothing for itself or for others', async () => {
  const { join: start, look } = await open(4);
  const [honest, other] = [start('protected'), start('protected')];
  other.giveBack('x'.repeat(60_000));
  look();
  expect(other.take(70_000) + honest.take()).toBe(2);
});

test('levels of trust do not share', async () => {
  const { join: start } = await open(4);
  expect(start('untrusted').take()).toBe(3);
  expect(start('protected').take()).toBe(3);
});

test('it looks as long as there are jobs', async () => {
  const { join: start, isLooking } = await open(4);
  const [one, other] = [start('protected'), start('untrusted')];
  one.leave();
  expect(isLooking()).toBe(true);
  other.leave();
  expect(isLooking()).toBe(false);
  start('protected');
  expect(isLooking()).toBe(true);
});

test('make runs as many commands at once as there are tokens, and one more', async () => {
  const { join: start } = await open(3);
  const { path } = start('protected');
  const running = `echo ${path}.run.* | wc -w >>${path}.counts`;
  // No command ends before three have counted: they are counted together, however slowly they start.
  const threeStarted = `: >${path}.counted.$@; until [ $$(echo ${path}.counted.* | wc -w) -ge 3 ]; do sleep 0.05; done`;
  const rule = `: >${path}.run.$@; ${running}; ${threeStarted}; sleep 0.1; rm ${path}.run.$@`;
  const makefile = `all: a b c d e f g h\na b c d e f g h:\n\t@${rule}\n`;
  const child = spawn('sh', ['-c', 'exec 8<>"$1"; exec make -f -', 'sh', path], {
    env: { PATH: process.env.PATH, MAKEFLAGS: ' -j --jobserver-auth=8,8' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stdin.end(makefile);
  const [code] = (await once(child, 'close')) as [number];
  expect({ code, output }).toEqual({ code: 0, output: '' });
  const counts = execFileSync('sort', ['-n', `${path}.counts`], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map(Number);
  expect(counts.at(-1)).toBe(3);
});
