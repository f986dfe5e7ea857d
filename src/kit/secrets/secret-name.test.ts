import { expect, test } from 'vitest';
import { isSecretName } from './secret-name.ts';

test.each([
  'CI_JOB_TOKEN',
  'CLIENT_SECRET',
  'DB_PASSWORD',
  'MYSQL_PASSWD',
  'KEY_PASSPHRASE',
  'SSH_PRIVATE_KEY',
  'SLIPWAY_SIGNING_KEY',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_ACCESS_KEY',
  'AWS_ACCESS_KEY_ID',
  'REGISTRY_CREDENTIAL',
  'google_credentials',
])('the value of %s is secret', (name) => {
  expect(isSecretName(name)).toBe(true);
});

test.each(['CI_TOKEN_URL', 'PUBLIC_KEY', 'CACHE_KEY', 'PATH', 'SECRETS_FOLDER'])('the value of %s is not', (name) => {
  expect(isSecretName(name)).toBe(false);
});
