import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/mirror-package.ts';
import { loadNotaryConfiguration } from './configuration.ts';

async function load(values: object) {
  const cwd = await temporaryFolder();
  await writeFile(join(cwd, 'slipway.notary.yaml'), JSON.stringify({ token: { env: 'TOKEN' }, ...values }));
  return loadNotaryConfiguration(undefined, cwd);
}

test.each(['unix:socket', '127.0.0.1:0', '127.1.2.3:7443', '[::1]:7443', 'localhost:7443'])(
  'on this machine it listens at %s without TLS',
  async (listen) => {
    expect((await load({ listen })).configuration).toMatchObject({ listen });
  },
);

test.each(['0.0.0.0:7443', '10.0.0.5:7443', '[::]:7443', 'notary.example.org:7443', '127.example.org:1'])(
  'at %s it does not, since its token would be read on the way',
  async (listen) => {
    await expect(load({ listen })).rejects.toMatchObject({
      diagnostics: [{ code: 'CONFIGURATION_NOTARY_TLS' }],
    });
    const tls = { certificate: 'notary.pem', key: 'notary-key.pem' };
    expect((await load({ listen, tls })).configuration).toMatchObject({ listen, tls });
  },
);
