import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/mirror-package.ts';
import { registryLogins } from './image-targets.ts';
import { settingsOf } from '../../coordinator/index.ts';

describe('what the server shows a registry', () => {
  test('is of its configuration, else what its user has logged in to, and never what is meant for no certain host', async () => {
    const home = await temporaryFolder();
    const auth = (text: string) => ({ auth: Buffer.from(text).toString('base64') });
    const auths = { 'both.example.org': auth('docker:d'), 'login.example.org:5000': auth('docker:d') };
    await mkdir(join(home, '.docker'));
    await writeFile(join(home, '.docker/config.json'), JSON.stringify({ auths }));
    const env = { HOME: home, PASSWORD: 'p', SLIPWAY_REGISTRY_USERNAME: 'u', SLIPWAY_REGISTRY_PASSWORD: 'w' };
    const registries = [{ host: 'both.example.org', username: 'configured', password: { env: 'PASSWORD' } }];
    const logins = registryLogins(settingsOf({ data: home, registries }, env), env);
    const shown = async (registry: string) => {
      const found = await logins(registry);
      return found && `${found.username} ${found.password.reveal()}`;
    };
    expect(await shown('both.example.org')).toBe('configured p');
    expect(await shown('login.example.org:5000')).toBe('docker d');
    expect(await shown('elsewhere.example.org')).toBeUndefined();
  });
});
