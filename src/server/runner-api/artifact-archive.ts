import type { Readable } from 'node:stream';
import { openPromise, type Entry, type ZipFile } from 'yauzl';
import { SlipwayError, messageOf, readLimited } from '../../kit/index.ts';
import type { ArtifactFile } from '../../protocol/index.ts';
import { artifactError } from './artifact-errors.ts';

const FILE_TYPE = 0o170000;
const SYMBOLIC_LINK = 0o120000;

/** Returns the first entries of a zip archive, in its order. */
export async function listArchive(path: string, most = Number.POSITIVE_INFINITY): Promise<readonly ArtifactFile[]> {
  const entries: ArtifactFile[] = [];
  await visit(path, (entry) => (entries.push(entry) >= most ? entry : undefined));
  return entries;
}

/** Returns the first entry that the predicate accepts. */
export async function findInArchive(
  path: string,
  predicate: (entry: ArtifactFile) => boolean,
): Promise<ArtifactFile | undefined> {
  return visit(path, (entry) => (predicate(entry) ? entry : undefined));
}

/** Returns the bytes of a file. The limit holds for the unpacked bytes, whatever the archive declares. */
export async function readArchiveFile(path: string, name: string, options: { maxBytes: number }): Promise<Buffer> {
  const bytes = await visit(path, async (entry, raw, zip) => {
    if (entry.name !== name || entry.kind !== 'file') return undefined;
    const tooLarge = () => artifactError('ARTIFACT_ENTRY_TOO_LARGE', { name, path, limit: options.maxBytes });
    if (entry.size > options.maxBytes) throw tooLarge();
    return readLimited(await zip.openReadStreamPromise(raw), options.maxBytes, tooLarge);
  });
  if (bytes === undefined) throw artifactError('ARTIFACT_ENTRY_MISSING', { name, path });
  return bytes;
}

/**
 * Opens a file for reading; the caller reads the stream to its end, or destroys it. The stream ends with an error where
 * the file has more bytes than the archive declares, so that `maxBytes` bounds what is read.
 */
export async function openArchiveFile(path: string, name: string, options: { maxBytes: number }): Promise<Readable> {
  const stream = await visit(path, async (entry, raw, zip) => {
    if (entry.name !== name || entry.kind !== 'file') return undefined;
    if (entry.size > options.maxBytes)
      throw artifactError('ARTIFACT_ENTRY_TOO_LARGE', { name, path, limit: options.maxBytes });
    return zip.openReadStreamPromise(raw);
  });
  if (stream === undefined) throw artifactError('ARTIFACT_ENTRY_MISSING', { name, path });
  return stream;
}

type Visitor<T> = (entry: ArtifactFile, raw: Entry, zip: ZipFile) => T | undefined | Promise<T | undefined>;

/** Calls the visitor with one entry after the other until it returns something. */
async function visit<T>(path: string, visitor: Visitor<T>): Promise<T | undefined> {
  try {
    const zip = await openPromise(path, { lazyEntries: true, autoClose: false, strictFileNames: true });
    try {
      for await (const raw of zip.eachEntry()) {
        const found = await visitor(toEntry(raw), raw, zip);
        if (found !== undefined) return found;
      }
      return undefined;
    } finally {
      zip.close();
    }
  } catch (error) {
    if (error instanceof SlipwayError) throw error;
    throw artifactError('ARTIFACT_ARCHIVE_BROKEN', { path, reason: messageOf(error) }, { cause: error });
  }
}

function toEntry(raw: Entry): ArtifactFile {
  const type = (raw.externalFileAttributes >>> 16) & FILE_TYPE;
  const kind = raw.fileName.endsWith('/') ? 'folder' : type === SYMBOLIC_LINK ? 'link' : 'file';
  return { name: raw.fileName, size: raw.uncompressedSize, kind };
}
