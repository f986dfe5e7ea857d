import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { SlipwayError, sha256 } from '../../src/kit/index.ts';
import { folderStore } from '../../src/mirror/index.ts';
import { transferBlob } from '../../src/mirror/layouts/transfer.ts';

/**
 * Takes four megabytes from a store of its own into a folder, and prints the code of the error with which that ends.
 */
const [, , folder = '', scratch = ''] = process.argv;
const tarball = gzipSync(randomBytes(4_000_000));
const { adopt: _, ...to } = folderStore(folder);
const from = {
  ...to,
  open: () => Promise.resolve(Readable.from([tarball.subarray(0, 1_000_000), tarball.subarray(1_000_000)])),
};
const record = { checksum: sha256(tarball), contentLength: tarball.length };
const about = { record, label: { entry: 'gauge-2.1', part: 'tarball' }, scratch, isTarball: true };
const transfer = {
  from: { store: from, key: 'a' },
  to: { store: { ...to, head: () => Promise.resolve(undefined) }, key: 'b' },
};
await transferBlob({ ...transfer, ...about }).catch((error: unknown) =>
  process.stdout.write(error instanceof SlipwayError ? error.code : String(error)),
);
