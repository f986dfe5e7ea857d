import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { generateKey as generate } from 'openpgp';
import { expect, test } from 'vitest';
import { createSigner, generateKey, readSecretKey } from '../notary/index.ts';
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

test('a job checks signatures of every form, plain or not', async () => {
  const date = new Date(Date.now() - 60_000);
  const plain = await generateKey({ name: 'Lab', date, algorithm: 'ed25519' });
  const subkeys = await generate({ userIDs: [{ name: 'Lab' }], curve: 'ed25519Legacy', date });
  for (const key of [plain, await readSecretKey(subkeys.privateKey)]) {
    const { verifier } = await readJobEnvironment({ SLIPWAY_TRUSTED_KEYS: key.publicKey }, '/');
    const signed = await createSigner(key).sign('{\n"version":3\n}');
    expect(await verifier!(signed)).toEqual({ payload: '{\n"version":3\n}', fingerprint: key.fingerprint });
    await expect(verifier!(signed.replace('3', '4'))).rejects.toMatchObject({ code: 'MIRROR_SIGNATURE_INVALID' });
  }
});
