import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/mirror-package.ts';
import { zipFiles } from './zip-files.ts';

test('a disk that is full while files are still added fails the archive, and nothing else', async () => {
  const project = await temporaryFolder();
  const names = Array.from({ length: 50 }, (_, index) => `file-${index}`);
  for (const name of names) await writeFile(join(project, name), name.repeat(1000));
  const files = names.map((path) => ({ path, kind: 'file' as const }));
  await expect(zipFiles({ folder: project, files, secrets: [] }, '/dev/full')).rejects.toMatchObject({
    code: 'ENOSPC',
  });
});

test('an archive that failed because a file is gone does not come back after it was removed', async () => {
  const project = await temporaryFolder();
  for (let round = 0; round < 20; round += 1) {
    const archive = join(project, `archive-${round}`);
    const gone = { path: 'gone', kind: 'file' as const };
    await expect(zipFiles({ folder: project, files: [gone], secrets: [] }, archive)).rejects.toMatchObject({
      code: 'ENOENT',
    });
    await rm(archive, { force: true });
  }
  for (let turns = 0; turns < 20; turns += 1) await turn();
  expect(await readdir(project)).toEqual([]);
});
