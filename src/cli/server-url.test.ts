import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { collectedTerminal } from '../../test/support/collected-terminal.ts';
import { temporaryFolder } from '../../test/support/mirror-package.ts';
import { serverUrl } from './server-url.ts';

async function urlWith(configuration: string | undefined, env: Readonly<Record<string, string>> = {}, option?: string) {
  const cwd = await temporaryFolder();
  if (configuration !== undefined) await writeFile(join(cwd, 'slipway.server.yaml'), configuration);
  const { terminal } = collectedTerminal();
  const signal = new AbortController().signal;
  return serverUrl({ env: { HOME: cwd, ...env }, cwd, terminal, signal }, option);
}

test.each([
  ['listen: 127.0.0.1:9000', 'http://127.0.0.1:9000'],
  ['listen: 0.0.0.0:9000', 'http://127.0.0.1:9000'],
  ["listen: '[::]:9000'", 'http://[::1]:9000'],
  ['{ listen: "ci:9000", tls: { certificate: c.pem, key: k.pem } }', 'https://ci:9000'],
  ['{ listen: "127.0.0.1:9000", baseUrl: "https://ci.example.org/" }', 'https://ci.example.org'],
  ['listen: 127.0.0.1:0', 'http://127.0.0.1:8080'],
  [undefined, 'http://127.0.0.1:8080'],
])('with the configuration %s the server is at %s', async (configuration, url) => {
  expect(await urlWith(configuration)).toBe(url);
});

test('the option wins over SLIPWAY_URL, that over the configuration, and its variables over its file', async () => {
  const file = 'listen: 127.0.0.1:9000';
  expect(await urlWith(file, { SLIPWAY_LISTEN: '127.0.0.1:9001' })).toBe('http://127.0.0.1:9001');
  expect(await urlWith(file, { SLIPWAY_URL: 'http://variable/' })).toBe('http://variable');
  expect(await urlWith(file, { SLIPWAY_URL: 'http://variable' }, 'http://option')).toBe('http://option');
});
