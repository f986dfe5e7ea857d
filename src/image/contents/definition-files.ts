import { imageError } from '../errors.ts';
import type { FileSource } from '../folder-files.ts';
import type { LayerEntry } from '../layers/layer-tar.ts';
import { hidesFiles, parentsOf } from '../paths.ts';

/** Bytes of all files together; they are held in memory. */
const MAX_BYTES = 64 * 1024 * 1024;

/** Reads the `files` of an image's definition, each with its path in the image. */
export async function definitionFiles(
  files: Readonly<Record<string, string>>,
  source: FileSource,
): Promise<readonly LayerEntry[]> {
  const collected = new Map<string, LayerEntry>();
  let size = 0;
  for (const [from, to] of Object.entries(files)) {
    const found = await source(from);
    if (found.length === 0) throw imageError('IMAGE_FILE_MISSING', { path: from, location: 'the repository' });
    for (const { path, bytes, executable } of found) {
      size += bytes.length;
      if (size > MAX_BYTES) throw imageError('IMAGE_FILES_TOO_LARGE', { limit: MAX_BYTES });
      const at = (path === '' ? to : `${to}/${path}`).slice(1);
      addFile(collected, { kind: 'file', path: at, content: bytes, mode: executable ? 0o755 : 0o644 });
    }
  }
  return [...collected.values()];
}

function addFile(collected: Map<string, LayerEntry>, file: LayerEntry): void {
  const refuse = (reason: string) => imageError('IMAGE_FILE_REFUSED', { path: `/${file.path}`, reason });
  if (hidesFiles(file.path)) throw refuse('names that begin with `.wh.` delete files of an image');
  const isTaken = [file.path, ...parentsOf(file.path)].some((path) => collected.has(path));
  const clash = isTaken || [...collected.keys()].some((path) => path.startsWith(`${file.path}/`));
  if (clash) throw refuse('two entries of `files` put something there');
  collected.set(file.path, file);
}
