import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../test/support/mirror-package.ts';
import { registryCredentials } from './registry-credentials.ts';

let home: string;
const base64 = (text: string) => Buffer.from(text).toString('base64');

beforeEach(async () => {
  home = await temporaryFolder();
});

async function config(path: string, value: unknown): Promise<void> {
  const file = join(home, path);
  await mkdir(join(file, '..'), { recursive: true });
  await writeFile(file, typeof value === 'string' ? value : JSON.stringify(value));
}

async function credentials(registry: string, env: Record<string, string> = {}): Promise<string | undefined> {
  const found = await registryCredentials(registry, { HOME: home, PATH: `${home}/bin:/usr/bin:/bin`, ...env });
  if (found === undefined) return undefined;
  return `${found.username} ${found.password.reveal()}${found.isIdentityToken === true ? ' as identity' : ''}`;
}

async function helper(name: string, script: string): Promise<void> {
  await config(`bin/docker-credential-${name}`, `#!/bin/sh\n${script}\n`);
  await chmod(join(home, `bin/docker-credential-${name}`), 0o755);
}

describe('credentials for a registry', () => {
  test('are of the environment before all files', async () => {
    await config('.docker/config.json', { auths: { 'r.example.org': { auth: base64('ada:secret') } } });
    const env = { SLIPWAY_REGISTRY_USERNAME: 'bob', SLIPWAY_REGISTRY_PASSWORD: 'word' };
    expect(await credentials('r.example.org', env)).toBe('bob word');
    expect(await credentials('r.example.org')).toBe('ada secret');
  });

  test('are what Docker and Podman keep, also under the names of old', async () => {
    await config('.docker/config.json', {
      auths: {
        'https://index.docker.io/v1/': { auth: base64('ada:with:colons') },
        'https://old.example.org': { username: 'old', password: 'p' },
        'token.example.org': { auth: '', identitytoken: 'refresh' },
      },
    });
    await config('.config/containers/auth.json', { auths: { 'p.example.org:5000': { auth: base64('podman:p') } } });
    expect(await credentials('docker.io')).toBe('ada with:colons');
    expect(await credentials('old.example.org')).toBe('old p');
    expect(await credentials('token.example.org')).toBe('<token> refresh as identity');
    expect(await credentials('p.example.org:5000')).toBe('podman p');
    expect(await credentials('unknown.example.org')).toBeUndefined();
  });

  test('are asked of the helper that is named for the registry, or of the one for all', async () => {
    await config('.docker/config.json', { credHelpers: { 'h.example.org': 'one' }, credsStore: 'all' });
    await helper('one', 'read server; echo "{\\"Username\\":\\"for-$server\\",\\"Secret\\":\\"s\\"}"');
    await helper(
      'all',
      'read server; case $server in a.*) echo "{\\"Username\\":\\"<token>\\",\\"Secret\\":\\"t\\"}";; *) exit 1;; esac',
    );
    expect(await credentials('h.example.org')).toBe('for-h.example.org s');
    expect(await credentials('a.example.org')).toBe('<token> t as identity');
    expect(await credentials('b.example.org')).toBeUndefined();
  });

  test('that cannot be read are reported with the file or the program that fails', async () => {
    await config('.docker/config.json', '{');
    await expect(credentials('r.example.org')).rejects.toMatchObject({ code: 'REGISTRY_CREDENTIALS_BROKEN' });
    await config('.docker/config.json', { credsStore: 'missing' });
    await expect(credentials('r.example.org')).rejects.toThrow('docker-credential-missing');
    await config('.docker/config.json', { credsStore: '../evil' });
    await expect(credentials('r.example.org')).rejects.toThrow('no name of a program');
  });
});
