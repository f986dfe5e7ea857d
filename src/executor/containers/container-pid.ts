import { runnerError } from '../errors.ts';
import type { ContainerClient } from './container-client.ts';

/** Returns the first process of a container, as this machine numbers it. */
export async function containerPid(client: ContainerClient, container: string): Promise<number> {
  const found = await client.attempt(['container', 'inspect', '--format', '{{.State.Pid}}', container]);
  const pid = found.isSuccess ? Number(found.text) : 0;
  if (pid > 0) return pid;
  const reason = found.isSuccess ? 'it has ended' : found.reason;
  throw runnerError('RUNNER_CONTAINER_FAILED', { program: client.runtime.program, image: container, reason });
}
