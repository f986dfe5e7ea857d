import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from './docker-registry.ts';

export interface Minio {
  /** `http://127.0.0.1:<port>`; the buckets are `stack` and those that were asked for. */
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  stop(): Promise<void>;
}

/** Starts MinIO on a free port of the loopback. A folder of its data is a bucket. */
export async function startMinio(binary: string, folder: string, buckets: readonly string[] = []): Promise<Minio> {
  const host = `127.0.0.1:${await freePort()}`;
  for (const bucket of ['stack', ...buckets]) await mkdir(join(folder, 'data', bucket), { recursive: true });
  const secrets = { MINIO_ROOT_USER: 'slipway', MINIO_ROOT_PASSWORD: 'slipway-secret' };
  const env = { ...secrets, HOME: folder, MINIO_BROWSER: 'off', MINIO_UPDATE: 'off' };
  const server = spawn(binary, ['server', '--quiet', '--address', host, join(folder, 'data')], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env,
  });
  const endpoint = `http://${host}`;
  while (!(await isReady(endpoint))) {
    if (server.exitCode !== null) throw new Error('MinIO did not start');
    await wait(50);
  }
  const stop = async (): Promise<void> => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, 'exit');
    server.kill();
    await exited;
  };
  return { endpoint, accessKeyId: secrets.MINIO_ROOT_USER, secretAccessKey: secrets.MINIO_ROOT_PASSWORD, stop };
}

async function isReady(endpoint: string): Promise<boolean> {
  const answer = await fetch(`${endpoint}/minio/health/ready`).catch(() => undefined);
  await answer?.body?.cancel();
  return answer?.ok === true;
}
