import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/mirror-package.ts';
import { loadServerSettings } from './server-settings.ts';

let folder: string;
beforeEach(async () => {
  folder = await temporaryFolder();
});

const write = (text: string, name = 'slipway.server.yaml') => writeFile(join(folder, name), text);

describe('the server’s settings', () => {
  test('come from flags before variables before the file before defaults', async () => {
    await write('listen: 127.0.0.1:1\nbaseUrl: http://file.example\ndata: from-file\n');
    const env = { SLIPWAY_LISTEN: '127.0.0.1:2', SLIPWAY_BASE_URL: 'http://variable.example' };
    const { configuration } = await loadServerSettings({ listen: '127.0.0.1:3' }, env, folder);
    expect(configuration).toMatchObject({
      listen: '127.0.0.1:3',
      baseUrl: 'http://variable.example',
      data: join(folder, 'from-file'),
    });
  });

  test('are found in a folder above, and paths in the file start from there', async () => {
    await write('data: stored\n');
    await mkdir(join(folder, 'a/b'), { recursive: true });
    const { configuration, base, file } = await loadServerSettings({}, {}, join(folder, 'a/b'));
    expect([configuration.data, base, file]).toEqual([
      join(folder, 'stored'),
      folder,
      join(folder, 'slipway.server.yaml'),
    ]);
  });

  test('need no file, unless one is requested', async () => {
    expect((await loadServerSettings({}, {}, folder)).configuration.data).toBe(join(folder, 'slipway-data'));
    await expect(loadServerSettings({ config: 'missing.yaml' }, {}, folder)).rejects.toMatchObject({
      code: 'FILE_UNREADABLE',
    });
  });

  test('with a fault in the file stop with its place', async () => {
    await write('stacks:\n  - name: lab\n    remot: /r\n');
    const file = join(folder, 'slipway.server.yaml');
    await expect(loadServerSettings({}, {}, folder)).rejects.toThrow(`${file}:3:5: error: `);
  });

  test('with a fault in a variable stop with what it should be', async () => {
    await expect(loadServerSettings({}, { SLIPWAY_LISTEN: 'nowhere' }, folder)).rejects.toMatchObject({
      code: 'SETTING_INVALID',
      message: expect.stringContaining(
        '`listen` on the command line or in a `SLIPWAY_` variable is not valid: must be an address',
      ),
    });
  });
});

describe('a secret', () => {
  test('is read from where the configuration says, relative to its file', async () => {
    await write('pass word\n', 'secret.txt');
    const { reveal } = await loadServerSettings({}, { TOKEN: 'from variable' }, folder);
    expect((await reveal({ env: 'TOKEN' }, 'x')).reveal()).toBe('from variable');
    expect((await reveal({ file: 'secret.txt' }, 'x')).reveal()).toBe('pass word');
  });

  test.each([[{ env: 'NOBODY' }], [{ file: 'missing.txt' }]])(
    'that is not at %j is missed by its purpose',
    async (source) => {
      const { reveal } = await loadServerSettings({}, {}, folder);
      await expect(reveal(source, 'registry `ghcr.io`')).rejects.toMatchObject({
        code: 'SECRET_MISSING',
        details: { purpose: 'registry `ghcr.io`' },
      });
    },
  );
});
