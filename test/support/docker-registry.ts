import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface DockerRegistry {
  /** `127.0.0.1:<port>`. */
  readonly host: string;
  stop(): Promise<void>;
}

/** Starts Debian's `docker-registry` on a free port of the loopback, with its storage below a folder. */
export async function startDockerRegistry(binary: string, folder: string): Promise<DockerRegistry> {
  const host = `127.0.0.1:${await freePort()}`;
  const config = join(folder, 'registry.yml');
  await mkdir(folder, { recursive: true });
  await writeFile(
    config,
    `version: 0.1\nstorage: { filesystem: { rootdirectory: ${join(folder, 'registry')} } }\nhttp: { addr: '${host}' }\n`,
  );
  const server = spawn(binary, ['serve', config], { stdio: ['ignore', 'ignore', 'pipe'], env: {} });
  for await (const line of createInterface({ input: server.stderr })) {
    if (line.includes('listening on')) break;
  }
  server.stderr.resume();
  const stop = async (): Promise<void> => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, 'exit');
    server.kill();
    await exited;
  };
  return { host, stop };
}

/** A port of the loopback that nobody listens on just now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
