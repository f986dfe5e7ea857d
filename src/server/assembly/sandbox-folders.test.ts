import { expect, test } from 'vitest';
import { dataFolder, settingsOf } from '../../coordinator/index.ts';
import { sandboxFolders } from './sandbox-folders.ts';

test('a job in a sandbox sees no key, no token and no folder of the notary, wherever they are', async () => {
  const settings = settingsOf(
    {
      data: '/srv/data',
      signingKey: { file: '/etc/slipway/key' },
      imageKey: { file: 'cosign.key' },
      notary: { folder: '/srv/notary' },
      mirrors: [
        { name: 's3', url: 's3://lab', credentials: { id: { env: 'ID' }, secret: { file: '/etc/slipway/s3' } } },
      ],
    },
    {},
  );
  const { hidden } = await sandboxFolders(settings, dataFolder('/srv/data'), {});
  expect(hidden).toEqual(
    expect.arrayContaining(['/srv/data', '/etc/slipway/key', '/srv/data/cosign.key', '/srv/notary', '/etc/slipway/s3']),
  );
});
