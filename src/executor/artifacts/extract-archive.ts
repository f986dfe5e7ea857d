import { createWriteStream } from 'node:fs';
import { lstat, mkdir, realpath, rm, symlink, utimes } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { openPromise, type Entry, type ZipFile } from 'yauzl';
import { SlipwayError, messageOf } from '../../kit/index.ts';
import { contains } from './artifact-files.ts';
import { runnerError } from '../errors.ts';

interface ExtractOptions {
  /** Name of the job that left the archive, for messages. */
  readonly job: string;
  /** Bytes of all files together, unpacked. */
  readonly maxBytes: number;
}

type Kind = 'file' | 'folder' | 'link';
interface Item {
  readonly entry: Entry;
  readonly kind: Kind;
  readonly target?: string;
}

const LINK_LIMIT = 4096;

/**
 * Unpacks a zip archive into a project. The whole list is checked before the first write: names stay inside, links lead
 * inside, and nothing is written through a link that leaves the project. Links are made last. Files keep the times that
 * they had, since `make` goes by them.
 */
export async function extractArchive(archive: string, project: string, options: ExtractOptions): Promise<number> {
  const root = await realpath(project);
  try {
    const zip = await openPromise(archive, { autoClose: false, strictFileNames: true });
    try {
      const items = await readItems(zip, root, options);
      const inOrder = [
        ...items.filter((item) => item.kind !== 'link'),
        ...items.filter((item) => item.kind === 'link'),
      ];
      for (const item of inOrder) await writeItem(zip, root, { item, job: options.job });
      return items.length;
    } finally {
      zip.close();
    }
  } catch (error) {
    if (error instanceof SlipwayError) throw error;
    throw runnerError('RUNNER_ARCHIVE_BROKEN', { job: options.job, reason: messageOf(error) }, { cause: error });
  }
}

async function readItems(zip: ZipFile, root: string, options: ExtractOptions): Promise<readonly Item[]> {
  const items: Item[] = [];
  let total = 0;
  for await (const entry of zip.eachEntry()) {
    total += entry.uncompressedSize;
    if (total > options.maxBytes)
      throw unsafe(options.job, entry.fileName, `brings the whole to more than ${options.maxBytes} bytes`);
    items.push(await readItem(zip, entry, { root, job: options.job }));
  }
  return items;
}

async function readItem(zip: ZipFile, entry: Entry, { root, job }: { root: string; job: string }): Promise<Item> {
  const kind = kindOf(entry, job);
  if (kind !== 'link') return { entry, kind };
  if (entry.uncompressedSize > LINK_LIMIT) throw unsafe(job, entry.fileName, 'is a link with an overlong target');
  const target = await text(await zip.openReadStreamPromise(entry));
  const isInside = !isAbsolute(target) && contains(root, resolve(root, dirname(entry.fileName), target));
  if (!isInside) throw unsafe(job, entry.fileName, 'is a link that leads out of the project folder');
  return { entry, kind, target };
}

function kindOf(entry: Entry, job: string): Kind {
  const type = (entry.externalFileAttributes >>> 28) & 0o17;
  if (entry.fileName.endsWith('/')) return 'folder';
  if (type === 0o12) return 'link';
  if (type === 0 || type === 0o10) return 'file';
  throw unsafe(job, entry.fileName, 'is neither a file nor a folder nor a link');
}

async function writeItem(zip: ZipFile, root: string, { item, job }: { item: Item; job: string }): Promise<void> {
  const path = join(root, item.entry.fileName);
  const folder = item.kind === 'folder' ? path : dirname(path);
  await makeFolder(root, folder, () =>
    unsafe(job, item.entry.fileName, 'would be written through a link out of the project folder'),
  );
  if (item.kind === 'folder') return;
  // Never through what is there: a link by that name would lead the write elsewhere.
  await rm(path, { force: true });
  if (item.kind === 'link') return symlink(item.target as string, path);
  await pipeline(
    await zip.openReadStreamPromise(item.entry),
    createWriteStream(path, { flags: 'wx', mode: modeOf(item.entry) }),
  );
  const time = item.entry.getLastModDate();
  await utimes(path, time, time);
}

/** Makes a folder, one level after the other, refusing the first that is not really below the root. */
async function makeFolder(root: string, folder: string, refusal: () => Error): Promise<void> {
  if (folder === root) return;
  if (!contains(root, folder)) throw refusal();
  await makeFolder(root, dirname(folder), refusal);
  const status = await lstat(folder).catch(() => undefined);
  if (status === undefined) await mkdir(folder);
  else if (!contains(root, await realpath(folder))) throw refusal();
}

/** Without set-user-id and its like; always readable and writable by the owner. */
function modeOf(entry: Entry): number {
  const mode = (entry.externalFileAttributes >>> 16) & 0o777;
  return mode === 0 ? 0o644 : mode | 0o600;
}

function unsafe(job: string, entry: string, reason: string): SlipwayError {
  return runnerError('RUNNER_ARCHIVE_UNSAFE', { job, entry, reason });
}
