import { createReadStream, createWriteStream } from 'node:fs';
import { link, lstat, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ArchiveEntry, LinkRoots } from './archive-rules.ts';
import { SlipwayError, ifExists } from '../../kit/index.ts';
import { mirrorError } from '../errors.ts';
import { readArchive, type ArchiveFacts, type ArchiveLimits } from './read-archive.ts';
import { writeFailure } from '../stores/store-failure.ts';

interface UnpackRequest {
  /** The gzip'd tar: a stream, or a file's path. */
  readonly source: Readable | string;
  /** Where the prefix's content goes; must not exist. */
  readonly folder: string;
  /** The prefix that the archive must have, if it is known. */
  readonly prefix?: string;
  readonly limits?: ArchiveLimits;
  /** Prefixes of dependencies, which symbolic links may point into. */
  readonly linkRoots?: LinkRoots;
  /** Of Spack up to 0.18, which packed otherwise. */
  readonly isOld?: boolean;
  /** A last look at the unpacked prefix and the digests before it gets its name; throws to refuse. */
  readonly check?: (unpacked: string, facts: ArchiveFacts) => Promise<void>;
}

const SMALL = 1024 * 1024;

/**
 * Unpacks a package's archive. The folder appears when all has been read and found good, or not at all: the work is
 * done in `<folder>.partial`, which is removed on failure and by the next attempt. One attempt at a time for a folder.
 */
export async function unpackTarball(request: UnpackRequest): Promise<ArchiveFacts> {
  const { folder } = request;
  if ((await ifExists(lstat(folder))) !== undefined) throw mirrorError('MIRROR_FOLDER_OCCUPIED', { folder });
  const partial = `${folder}.partial`;
  await rm(partial, { recursive: true, force: true });
  try {
    await mkdir(partial, { recursive: true });
    const facts = await extractTo(partial, request);
    const unpacked = join(partial, facts.prefix);
    await request.check?.(unpacked, facts);
    await rename(unpacked, folder);
    return facts;
  } catch (error) {
    throw error instanceof SlipwayError ? error : writeFailure(folder, error);
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

async function extractTo(partial: string, request: UnpackRequest): Promise<ArchiveFacts> {
  const symlinks: ArchiveEntry[] = [];
  const source = typeof request.source === 'string' ? createReadStream(request.source) : request.source;
  const facts = await readArchive({
    source,
    limits: request.limits,
    linkRoots: request.linkRoots,
    isOld: request.isOld ?? false,
    onEntry: async (entry, body) => {
      if (entry.kind === 'symlink') symlinks.push(entry);
      else await write(partial, entry, body).catch((error: unknown) => fail(join(partial, entry.name), error));
    },
  });
  if (request.prefix !== undefined && facts.prefix !== request.prefix) {
    throw mirrorError('MIRROR_ARCHIVE_REFUSED', {
      name: facts.prefix,
      reason: `is not the expected prefix \`${request.prefix}\``,
    });
  }
  // Links come last, when nothing is written any more: no entry can be written through one.
  for (const one of symlinks) {
    const path = join(partial, one.name);
    await mkdir(dirname(path), { recursive: true });
    await symlink(one.target, path);
  }
  return facts;
}

async function write(partial: string, entry: ArchiveEntry, body: Readable): Promise<void> {
  const path = join(partial, entry.name);
  if (entry.kind === 'folder') {
    await mkdir(path, { recursive: true, mode: 0o755 });
    return;
  }
  await mkdir(dirname(path), { recursive: true });
  if (entry.kind === 'hardlink') {
    await link(join(partial, entry.target), path);
    return;
  }
  const mode = entry.executable ? 0o755 : 0o644;
  if (entry.size > SMALL) await pipeline(body, createWriteStream(path, { flags: 'wx', mode }));
  else await writeFile(path, body, { flag: 'wx', mode });
}

function fail(path: string, error: unknown): never {
  const isOurs = typeof (error as { syscall?: unknown }).syscall === 'string';
  throw isOurs ? writeFailure(path, error) : error;
}
