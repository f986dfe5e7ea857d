import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface DockerRegistry {
  /** `127.0.0.1:<port>`. */
  readonly host: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/**
 * Starts Debian's `docker-registry` on a free port of the loopback, with its storage below a folder. Nothing can be
 * removed from it unless that is asked for, which is its own default.
 */
export async function startDockerRegistry(
  binary: string,
  folder: string,
  { removes = false }: { readonly removes?: boolean } = {},
): Promise<DockerRegistry> {
  const storage = `filesystem: { rootdirectory: ${join(folder, 'registry')} }, delete: { enabled: ${removes} }`;
  const config = join(folder, 'registry.yml');
  await mkdir(folder, { recursive: true });
  await writeFile(config, `version: 0.1\nstorage: { ${storage} }\nhttp: { addr: '127.0.0.1:0' }\n`);
  const server = spawn(binary, ['serve', config], { stdio: ['ignore', 'ignore', 'pipe'], env: {} });
  let host = '';
  for await (const line of createInterface({ input: server.stderr })) {
    host = /listening on (127\.0\.0\.1:\d+)/.exec(line)?.[1] ?? '';
    if (host !== '') break;
  }
  if (host === '') throw new Error('the registry ended before it listened');
  server.stderr.resume();
  const stop = async (): Promise<void> => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, 'exit');
    server.kill();
    await exited;
  };
  return { host, pid: server.pid as number, stop };
}
