import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { identifyProcess } from '../../src/kit/index.ts';

/** Lets root start `slipway serve` without users of its own. */
export const asStarted = { SLIPWAY_USERS: 'none' };

/** The process that serves a data folder: a child of `slipway serve`, which holds the socket. */
export async function serverPid(data: string): Promise<number> {
  const lock = await readFile(join(data, 'server.lock'), 'utf8');
  return (JSON.parse(lock) as { pid: number }).pid;
}

export async function untilGone(pid: number): Promise<void> {
  while (identifyProcess(pid) !== undefined) await sleep(5);
}

/** Kills `slipway serve` as a power cut would, and waits until no process of it is left to serve. */
export async function killServer(child: ChildProcess, data: string): Promise<void> {
  const server = await serverPid(data);
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
  await untilGone(server);
}

/** The URL that a server says it listens on, each time that it does. */
export async function* listenings(child: ChildProcess): AsyncGenerator<string, undefined> {
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
    const url = /^listening on (\S+)$/.exec(line)?.[1];
    if (url !== undefined) yield url;
  }
}
