import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** Starts a service of this machine that answers `connected`, until the test ends. Returns its port. */
export async function loopbackService(): Promise<number> {
  const server = createServer((socket) => socket.end('connected\n')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

/** Starts a process of the same user with a secret in its environment, until the test ends. Returns its number. */
export function stranger(): number {
  const child = spawn('sleep', ['600'], { env: { PLANTED: 'planted secret' }, stdio: 'ignore' });
  onTestFinished(() => void child.kill());
  return child.pid as number;
}
