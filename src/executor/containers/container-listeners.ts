import { once } from 'node:events';
import type { Server } from 'node:net';
import { findProgram, spawnProgram, SYSTEM_PATH } from '../../kit/index.ts';
import { runnerError } from '../errors.ts';
import type { JobNetwork } from '../network/job-network.ts';
import { openingWords, type ListeningFault } from '../network/open-listeners.ts';
import { SlotNetwork } from '../network/slot-network.ts';
import { findShell } from '../shells/shell.ts';
import type { ContainerClient } from './container-client.ts';

interface ListeningContainer {
  readonly name: string;
  /** Its first process. */
  readonly pid: number;
}

/** Opens the listeners of a network in that of a container, and returns what serves them. */
export async function openListenersIn(
  { name: container, pid }: ListeningContainer,
  { client, network }: { readonly client: ContainerClient; readonly network: JobNetwork },
): Promise<SlotNetwork> {
  const { program } = client.runtime;
  const enter = await findProgram('nsenter', SYSTEM_PATH);
  if (enter === undefined) {
    const reason = 'nsenter of util-linux is not installed';
    throw runnerError('RUNNER_CONTAINER_FAILED', { program, image: container, reason });
  }
  // Root need not enter the user namespace of a container; another user may not leave it out.
  const asOwner = process.getuid?.() === 0 ? [] : ['--user', '--preserve-credentials'];
  const words = ['--target', String(pid), ...asOwner, '--net', '--'];
  const opening = openingWords(await findShell(SYSTEM_PATH), network.listeners);
  const child = spawnProgram(enter, [...words, ...opening, 'true'], {
    env: { PATH: SYSTEM_PATH },
    cwd: '/',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const slot = new SlotNetwork(network);
  const faults: ListeningFault[] = [];
  let output = '';
  child.stderr?.on('data', (bytes: Buffer) => (output += bytes.toString('utf8')));
  child.on('message', (message, server) => {
    if (typeof message === 'string') slot.listen(message, server as Server);
    else faults.push(message as ListeningFault);
  });
  const [code] = (await once(child, 'close')) as [number | null];
  const [fault] = faults;
  if (code === 0 && fault === undefined) return slot;
  slot.close();
  if (fault !== undefined) throw runnerError('RUNNER_LISTENING_FAILED', { ...fault });
  throw runnerError('RUNNER_CONTAINER_FAILED', {
    program,
    image: container,
    reason: output.trim() || `status ${code}`,
  });
}
