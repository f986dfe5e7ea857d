import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { hardSecret, writeEncoded } from '../../../test/support/encoded-secret.ts';
import { temporaryFolder } from '../../../test/support/mirror-package.ts';
import { Secret, secretEncodings, type SlipwayError } from '../../kit/index.ts';
import { gzipFiles } from './gzip-files.ts';
import { zipFiles } from './zip-files.ts';

const CHUNK = 64 * 1024;
const secrets = [['DEPLOY_KEY', new Secret(hardSecret)]] as const;

describe.each([
  ['zip', zipFiles],
  ['gzip', gzipFiles],
])('an archive by %s', (_, pack) => {
  test.each(secretEncodings)('refuses a file with a secret in $name', async ({ name }) => {
    const folder = await temporaryFolder();
    const before = 'x'.repeat(CHUNK - 3);
    await writeFile(join(folder, 'config'), `${before}${await writeEncoded(name, hardSecret)} after`);
    await writeFile(join(folder, 'clean'), 'nothing of the kind');
    const files = ['clean', 'config'].map((path) => ({ path, kind: 'file' as const }));
    const error = await pack({ folder, files, secrets }, join(folder, 'archive')).catch(
      (thrown: SlipwayError) => thrown,
    );
    expect(error).toMatchObject({
      code: 'RUNNER_ARTIFACT_HOLDS_SECRET',
      message: 'Files contain the values of secret variables, so nothing was stored: `config` (DEPLOY_KEY).',
    });
    await pack({ folder, files, secrets: [] }, join(folder, 'control'));
    expect((await readFile(join(folder, 'control'))).length).toBeGreaterThan(0);
  });
});

test('names of files and targets of links are searched too, and no message shows a value', async () => {
  const folder = await temporaryFolder();
  const secret = 'hunter2-hunter2';
  await mkdir(join(folder, secret));
  await writeFile(join(folder, secret, 'file'), '');
  await symlink(`${secret}/file`, join(folder, 'link'));
  const files = [
    { path: `${secret}/file`, kind: 'file' },
    { path: 'link', kind: 'link' },
  ] as const;
  const packing = zipFiles({ folder, files, secrets: [['TOKEN', new Secret(secret)]] }, join(folder, 'archive'));
  await expect(packing).rejects.toMatchObject({
    message: expect.stringMatching(/: `\[MASKED\]\/file` \(TOKEN\), `link` \(TOKEN\)\.$/) as string,
  });
});
