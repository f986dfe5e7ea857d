import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { PackedFiles, type FilesToPack } from './packed-files.ts';

/** Writes a report: a gzip member for each file, one after the other, as GitLab's runner does. */
export async function gzipFiles(request: FilesToPack, archive: string): Promise<void> {
  const packed = new PackedFiles(request);
  for (const { path } of request.files.filter(({ kind }) => kind === 'file'))
    await pipeline(packed.open(path), createGzip(), createWriteStream(archive, { flags: 'a', mode: 0o600 }));
  packed.refuseSecrets();
}
