import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/mirror-package.ts';
import { exportSigningKey, generateKey } from '../../notary/index.ts';
import { serverSecret, signingKey } from './keys.ts';
import { settingsOf } from './settings.ts';

const clock = { now: () => Date.parse('2026-12-01T00:00:00Z') };
const key = await generateKey({ name: 'Lab', date: new Date('2026-01-01T00:00:00Z'), algorithm: 'ed25519' });

test('the server’s secret is made once, and readable to its owner only', async () => {
  const folder = await temporaryFolder();
  const first = await serverSecret(folder);
  expect((await serverSecret(folder)).reveal()).toBe(first.reveal());
  expect((await serverSecret(await temporaryFolder())).reveal()).not.toBe(first.reveal());
  expect((await stat(join(folder, 'server-secret'))).mode & 0o777).toBe(0o600);
});

test('the signing key is the configured one, and else that of the variable that Spack knows', async () => {
  const folder = await temporaryFolder();
  const exported = exportSigningKey(key).reveal();
  const other = exportSigningKey(
    await generateKey({ name: 'Other', date: new Date('2026-01-01T00:00:00Z'), algorithm: 'ed25519' }),
  ).reveal();
  const env = { LAB_KEY: exported, SPACK_SIGNING_KEY: other };
  const configured = await signingKey(settingsOf({ data: folder, signingKey: { env: 'LAB_KEY' } }, env), {
    env,
    folder,
    clock,
  });
  expect(configured.fingerprint).toBe(key.fingerprint);
  const given = await signingKey(settingsOf({ data: folder }, env), {
    env: { SPACK_SIGNING_KEY: exported },
    folder,
    clock,
  });
  expect(given.fingerprint).toBe(key.fingerprint);
  await expect(stat(join(folder, 'signing-key'))).rejects.toMatchObject({ code: 'ENOENT' });
});
