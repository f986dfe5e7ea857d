import { createReadStream, createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { ArtifactFile } from './artifact-files.ts';

/** Writes a report: a gzip member for each file, one after the other, as GitLab's runner does. */
export async function gzipFiles(project: string, files: readonly ArtifactFile[], archive: string): Promise<void> {
  for (const file of files.filter((one) => one.kind === 'file')) {
    await pipeline(
      createReadStream(join(project, file.path)),
      createGzip(),
      createWriteStream(archive, { flags: 'a', mode: 0o600 }),
    );
  }
}
