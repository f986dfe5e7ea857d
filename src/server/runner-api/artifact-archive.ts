import type { Readable } from 'node:stream';
import { openPromise, type Entry, type ZipFile } from 'yauzl';
import { SlipwayError, messageOf } from '../../kit/index.ts';
import { artifactError } from './artifact-errors.ts';

/** A file or folder in a zip archive that a job left. */
interface ArchiveEntry {
  /** With `/` between folders, relative, without `..`; a folder's name ends with `/`. */
  readonly name: string;
  /** Bytes when unpacked. */
  readonly size: number;
  readonly kind: 'file' | 'folder' | 'link';
}

const FILE_TYPE = 0o170000;
const SYMBOLIC_LINK = 0o120000;

/** All entries of a zip archive, in its order. */
export async function listArchive(path: string): Promise<readonly ArchiveEntry[]> {
  const entries: ArchiveEntry[] = [];
  await visit(path, (entry) => {
    entries.push(entry);
  });
  return entries;
}

/** The first entry that the predicate accepts. */
export async function findInArchive(
  path: string,
  predicate: (entry: ArchiveEntry) => boolean,
): Promise<ArchiveEntry | undefined> {
  return visit(path, (entry) => (predicate(entry) ? entry : undefined));
}

/** One file's bytes. The limit is on what is unpacked, whatever the archive says about itself. */
export async function readArchiveFile(path: string, name: string, options: { maxBytes: number }): Promise<Buffer> {
  const bytes = await visit(path, async (entry, raw, zip) => {
    if (entry.name !== name || entry.kind !== 'file') return undefined;
    const tooLarge = () => artifactError('ARTIFACT_ENTRY_TOO_LARGE', { name, path, limit: options.maxBytes });
    if (entry.size > options.maxBytes) throw tooLarge();
    return readAll(await zip.openReadStreamPromise(raw), options.maxBytes, tooLarge);
  });
  if (bytes === undefined) throw artifactError('ARTIFACT_ENTRY_MISSING', { name, path });
  return bytes;
}

type Visitor<T> = (entry: ArchiveEntry, raw: Entry, zip: ZipFile) => T | undefined | Promise<T | undefined>;

/** Calls the visitor with one entry after the other until it gives something back. */
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

function toEntry(raw: Entry): ArchiveEntry {
  const type = (raw.externalFileAttributes >>> 16) & FILE_TYPE;
  const kind = raw.fileName.endsWith('/') ? 'folder' : type === SYMBOLIC_LINK ? 'link' : 'file';
  return { name: raw.fileName, size: raw.uncompressedSize, kind };
}

async function readAll(stream: Readable, limit: number, tooLarge: () => Error): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
