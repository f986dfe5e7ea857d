import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/mirror-package.ts';

const worker = fileURLToPath(new URL('../../../test/support/transfer-worker.mts', import.meta.url));

test('a tarball that does not fit on the disk is an error, and leaves nothing there', async () => {
  const [folder, scratch] = [await temporaryFolder(), await temporaryFolder()];
  // A limit of a process, in blocks of 512 or 1024 bytes, stands in for the end of a disk.
  const words = ['-c', 'ulimit -f 2000; exec "$@"', 'sh', process.execPath, '--import', import.meta.resolve('tsx')];
  const { stdout, exitCode } = await execa('sh', [...words, worker, folder, scratch], { reject: false });
  expect([exitCode, stdout]).toEqual([0, 'MIRROR_STORE_WRITE_FAILED']);
  expect(await readdir(scratch)).toEqual([]);
});
