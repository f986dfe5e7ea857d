import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../test/support/mirror-package.ts';
import { zipFiles } from './zip-files.ts';

test('a disk that is full while files are still added fails the archive, and nothing else', async () => {
  const project = await temporaryFolder();
  const names = Array.from({ length: 50 }, (_, index) => `file-${index}`);
  for (const name of names) await writeFile(join(project, name), name.repeat(1000));
  const files = names.map((path) => ({ path, kind: 'file' as const }));
  await expect(zipFiles(project, files, '/dev/full')).rejects.toMatchObject({ code: 'ENOSPC' });
});
