import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { AwsClient } from 'aws4fetch';
import { freePort } from './free-port.ts';

export interface Minio {
  /** `http://127.0.0.1:<port>`; the buckets are `stack` and those that were asked for. */
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** Starts MinIO on a free port of the loopback. A folder of its data is a bucket. */
export async function startMinio(binary: string, folder: string, buckets: readonly string[] = []): Promise<Minio> {
  for (const bucket of ['stack', ...buckets]) await mkdir(join(folder, 'data', bucket), { recursive: true });
  // It cannot find a port by itself: another process may be faster at the one that was found for it.
  for (let attempt = 1; ; attempt += 1) {
    const started = await tryPort(binary, folder, `127.0.0.1:${await freePort()}`);
    if (started !== undefined) return started;
    if (attempt === 5) throw new Error('MinIO did not start');
  }
}

async function tryPort(binary: string, folder: string, host: string): Promise<Minio | undefined> {
  const secrets = { MINIO_ROOT_USER: 'slipway', MINIO_ROOT_PASSWORD: `secret-of-${host}` };
  const env = { ...secrets, HOME: folder, MINIO_BROWSER: 'off', MINIO_UPDATE: 'off' };
  const server = spawn(binary, ['server', '--quiet', '--address', host, join(folder, 'data')], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env,
  });
  const endpoint = `http://${host}`;
  const access = { accessKeyId: secrets.MINIO_ROOT_USER, secretAccessKey: secrets.MINIO_ROOT_PASSWORD };
  while (!(await isOurs(endpoint, access))) {
    if (server.exitCode !== null || server.signalCode !== null) return undefined;
    await wait(50);
  }
  const stop = async (): Promise<void> => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, 'exit');
    server.kill();
    await exited;
  };
  return { endpoint, ...access, pid: server.pid as number, stop };
}

/** Whether it is ready, and is the one that has these secrets. */
async function isOurs(endpoint: string, access: Pick<Minio, 'accessKeyId' | 'secretAccessKey'>): Promise<boolean> {
  const client = new AwsClient({ ...access, service: 's3', region: 'us-east-1', retries: 0 });
  const answer = await client.fetch(`${endpoint}/stack?location`).catch(() => undefined);
  await answer?.body?.cancel();
  return answer?.ok === true;
}
