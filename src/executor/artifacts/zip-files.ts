import { createWriteStream } from 'node:fs';
import { lstat, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import type { ArtifactFile } from './artifact-files.ts';

const LINK_MODE = 0o120777;

/** Writes a zip archive of files of a project, in the given order, with modes and links as they are. */
export async function zipFiles(project: string, files: readonly ArtifactFile[], archive: string): Promise<void> {
  const zip = new ZipFile();
  const output = zip.outputStream as Readable;
  const written = pipeline(output, createWriteStream(archive, { mode: 0o600 }));
  // It may fail while files are still added, as on a full disk; it is told below, and is no unhandled rejection until
  // then.
  written.catch(() => undefined);
  zip.on('error', (error: Error) => output.destroy(error));
  try {
    for (const file of files) await addFile(zip, project, file);
    zip.end();
    await written;
  } catch (error) {
    // Whoever removes what there is of the archive wants it closed: one that is still being opened would come back.
    output.destroy();
    await written.catch(() => undefined);
    throw error;
  }
}

async function addFile(zip: ZipFile, project: string, file: ArtifactFile): Promise<void> {
  const path = join(project, file.path);
  const { mode, mtime } = await lstat(path);
  if (file.kind === 'folder') zip.addEmptyDirectory(`${file.path}/`, { mode, mtime });
  else if (file.kind === 'link')
    zip.addBuffer(Buffer.from(await readlink(path)), file.path, { mode: LINK_MODE, mtime });
  else zip.addFile(path, file.path, { mode, mtime });
}
