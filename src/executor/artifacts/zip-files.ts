import { createWriteStream } from 'node:fs';
import { lstat, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import type { ArtifactFile } from './artifact-files.ts';
import { PackedFiles, type FilesToPack } from './packed-files.ts';

const LINK_MODE = 0o120777;

/**
 * Writes a zip archive of files of a project, in the given order, with modes and links as they are. If one contains a
 * secret it throws RUNNER_ARTIFACT_HOLDS_SECRET; the archive must not be used then.
 */
export async function zipFiles(request: FilesToPack, archive: string): Promise<void> {
  const zip = new ZipFile();
  const packed = new PackedFiles(request);
  const output = zip.outputStream as Readable;
  const written = pipeline(output, createWriteStream(archive, { mode: 0o600 }));
  // It may fail while files are still added, as on a full disk; it is reported below, and must not be
  // an unhandled rejection until then.
  written.catch(() => undefined);
  zip.on('error', (error: Error) => output.destroy(error));
  try {
    for (const file of request.files) await addFile(zip, file, { folder: request.folder, packed });
    zip.end();
    await written;
    packed.refuseSecrets();
  } catch (error) {
    // The caller that removes an incomplete archive needs it closed: one that is still being opened would come back.
    output.destroy();
    await written.catch(() => undefined);
    throw error;
  }
}

async function addFile(
  zip: ZipFile,
  { path, kind }: ArtifactFile,
  { folder, packed }: { folder: string; packed: PackedFiles },
): Promise<void> {
  const { mode, mtime, size } = await lstat(join(folder, path));
  if (kind === 'folder') zip.addEmptyDirectory(`${path}/`, { mode, mtime });
  else if (kind === 'link') {
    const target = await readlink(join(folder, path));
    packed.search(path, target);
    zip.addBuffer(Buffer.from(target), path, { mode: LINK_MODE, mtime });
  } else
    zip.addReadStreamLazy(path, { mode, mtime, size }, (give) => {
      const stream = packed.open(path);
      stream.on('error', (error) => zip.emit('error', error));
      give(null, stream);
    });
}
