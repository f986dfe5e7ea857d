import { readFileSync } from 'node:fs';
import { createServer as createPlainServer, type Server } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { registryClient } from './registry-client.ts';

const fixture = (name: string) => readFileSync(new URL(`../../test/fixtures/tls/${name}.pem`, import.meta.url));
const tls = { cert: fixture('certificate'), key: fixture('key') };

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const options = { repository: 'lab/stack', access: 'pull', wait: async () => undefined } as const;

test('a registry of this machine that speaks TLS is never asked in plain HTTP', async () => {
  const asked: string[] = [];
  const registry = await listening(createServer(tls, (_, response) => response.end()));
  const fetch = async (request: Request) => {
    asked.push(request.url);
    return new Response(null, { status: 404 });
  };
  expect(await registryClient({ ...options, registry, fetch }).readManifest('v1')).toBeUndefined();
  expect(asked).toEqual([`https://${registry}/v2/lab/stack/manifests/v1`]);
});

test('one whose certificate is private is refused at once, with how to trust it', async () => {
  const registry = await listening(createServer(tls, (_, response) => response.end()));
  const wait = () => Promise.reject(new Error('it tried again'));
  await expect(registryClient({ ...options, registry, wait }).readManifest('v1')).rejects.toMatchObject({
    code: 'REGISTRY_UNREACHABLE',
    hint: expect.stringContaining('NODE_EXTRA_CA_CERTS') as string,
  });
});

test('one that does not speak TLS is asked in plain HTTP', async () => {
  const registry = await listening(createPlainServer((_, response) => response.writeHead(404).end()));
  expect(await registryClient({ ...options, registry }).readManifest('v1')).toBeUndefined();
});
