import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { freePort } from '../../../test/support/free-port.ts';
import { openingWords } from './open-listeners.ts';

const shell = { name: 'sh', program: '/bin/sh' } as const;

/** Starts its arguments as a child with a channel, prints the child's number, and never reads from the channel. */
const BUSY_PARENT = `
const [program, ...words] = process.argv.slice(1);
const child = require('node:child_process').spawn(program, words, { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
require('node:fs').writeSync(1, String(child.pid));
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
`;

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket
      .on('error', () => resolve(false))
      .on('connect', () => {
        socket.destroy();
        resolve(true);
      });
  });
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test('passes each listener, and goes on as the words', async () => {
  const listeners = [{ name: 'server', host: '127.0.0.1', port: 0 }];
  const [program, ...words] = [...openingWords(shell, listeners), '/bin/echo', 'went on'];
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'ignore', 'ipc'] });
  const [name, server] = await once(child, 'message');
  server.close();
  const [output] = await once(child.stdout as NodeJS.ReadableStream, 'data');
  expect([name, String(output)]).toEqual(['server', 'went on\n']);
});

test('ends when the parent is killed before it has taken a listener', async () => {
  const port = await freePort();
  // The second socket waits until the first one has been taken.
  const listeners = [0, port].map((number) => ({ name: `port ${number}`, host: '127.0.0.1', port: number }));
  const words = [...openingWords(shell, listeners), '/bin/true'];
  const parent = spawn(process.execPath, ['-e', BUSY_PARENT, ...words], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [output] = await once(parent.stdout as NodeJS.ReadableStream, 'data');
  const pid = Number(output);
  await expect.poll(() => isOpen(port)).toBe(true);
  parent.kill('SIGKILL');
  await expect.poll(() => isRunning(pid)).toBe(false);
});
