import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/mirror-package.ts';
import { publicJwk } from '../../kit/index.ts';
import { identityKey } from './server-keys.ts';

test('the key is created once, also for two callers at once, and read again after a restart', async () => {
  const folder = await temporaryFolder();
  const read = identityKey(folder);
  const [first, second] = await Promise.all([read(), read()]);
  expect(publicJwk(second)).toEqual(publicJwk(first));
  expect(publicJwk(await identityKey(folder)())).toEqual(publicJwk(first));
  expect((await stat(join(folder, 'identity-key.pem'))).mode & 0o777).toBe(0o600);
});
