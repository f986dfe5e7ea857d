import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/mirror-package.ts';
import { serverSecret } from './server-keys.ts';

test('the server’s secret is made once, and readable to its owner only', async () => {
  const folder = await temporaryFolder();
  const first = await serverSecret(folder);
  expect((await serverSecret(folder)).reveal()).toBe(first.reveal());
  expect((await serverSecret(await temporaryFolder())).reveal()).not.toBe(first.reveal());
  expect((await stat(join(folder, 'server-secret'))).mode & 0o777).toBe(0o600);
});
