import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { readJobEnvironment } from './job-environment.ts';

test('a job waits for its mirror while the server is started again', async () => {
  let away = 6;
  const server = createServer((request, response) => {
    if ((away -= 1) >= 0) request.socket.destroy();
    else response.end('there');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const keys = { AWS_ACCESS_KEY_ID: 'AKJOB', AWS_SECRET_ACCESS_KEY: 'secret', S3_ENDPOINT_URL: endpoint };
  const { mirror } = await readJobEnvironment({ ...keys, CI_JOB_NAME: 'leaf', SLIPWAY_MIRROR: 's3://stack' }, '/');
  expect((await mirror?.store.get('v3/layout.json'))?.toString()).toBe('there');
  server.close();
  server.closeAllConnections();
});
