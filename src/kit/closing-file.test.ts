import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../test/support/mirror-package.ts';
import { closingFile } from './closing-file.ts';

async function* failing(): AsyncGenerator<Buffer> {
  yield await Promise.resolve(Buffer.from('ti'));
  throw new Error('the sender has gone');
}

test('a failure is reported when the file is closed, also where it never was open', async () => {
  const folder = await temporaryFolder();
  for (const path of [join(folder, 'file'), join(folder, 'no/folder')]) {
    const target = createWriteStream(path);
    await expect(closingFile(target, () => pipeline(failing, target))).rejects.toThrow();
    expect(target.closed).toBe(true);
  }
});

test('what is written stays', async () => {
  const target = createWriteStream(join(await temporaryFolder(), 'file'));
  await closingFile(target, () => pipeline(['tide'], target));
  expect(await readFile(target.path, 'utf8')).toBe('tide');
});
