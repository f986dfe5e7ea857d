import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { forkLab, type ForkLab } from '../support/fork-lab.ts';
import type { JobAttack, Targets } from './attack.ts';

/** A server with what attacks by jobs look for, and a service of the host beside it. */
export interface AttackedLab {
  readonly lab: ForkLab;
  readonly targets: Targets;
  close(): Promise<void>;
}

export async function attackedLab(sandbox: 'always' | 'never'): Promise<AttackedLab> {
  const service = createServer((_, response) => response.end('service of the host\n'));
  await once(service.listen(0, '127.0.0.1'), 'listening');
  const { port } = service.address() as AddressInfo;
  const lab = await forkLab({}, { sandbox });
  const seconds = 100_000 + Math.floor(Math.random() * 1e8);
  return {
    lab,
    targets: { data: lab.data, outside: lab.outside, url: lab.server.url, port, seconds },
    close: async () => {
      service.close();
      await lab.close();
    },
  };
}

/** Whether an attack whose script may have succeeded has left what it is to leave. A process is ended. */
export function hasLeft(attack: JobAttack, targets: Targets): boolean {
  const left = attack.leaves?.(targets);
  if (left === undefined) return true;
  if ('file' in left) return existsSync(left.file);
  const found = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && argumentsOf(pid) === left.process);
  for (const pid of found) process.kill(Number(pid), 'SIGKILL');
  return found.length > 0;
}

/** Empty for a process that is gone. */
function argumentsOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return '';
  }
}
