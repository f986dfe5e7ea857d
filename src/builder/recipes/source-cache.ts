import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { digestFile, digestStream, messageOf, withoutCredentials } from '../../kit/index.ts';
import { builderError } from '../errors.ts';

/** An archive that a recipe names. */
interface RemoteSource {
  readonly recipe: string;
  readonly url: string;
  readonly sha256: string;
}

interface SourceCacheOptions {
  /** Folder of the cache; files are named by their sha256. May be shared by processes. */
  readonly folder: string;
  readonly fetch?: typeof fetch;
  readonly signal?: AbortSignal;
}

/** The path of a verified copy of an archive; fetched when the cache lacks it. A wrong file is never kept. */
export async function fetchSource(source: RemoteSource, options: SourceCacheOptions): Promise<string> {
  const path = join(options.folder, source.sha256);
  if (await isIntact(path, source.sha256)) return path;
  await mkdir(options.folder, { recursive: true });
  const temporary = await mkdtemp(join(options.folder, '.fetch-'));
  try {
    const actual = await download(source, join(temporary, 'archive'), options);
    if (actual !== source.sha256) {
      const url = withoutCredentials(source.url);
      throw builderError('RECIPE_SOURCE_CHECKSUM', { recipe: source.recipe, url, actual, expected: source.sha256 });
    }
    await rename(join(temporary, 'archive'), path);
    return path;
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** A cached file is verified each time: it may have been damaged since. */
async function isIntact(path: string, sha256: string): Promise<boolean> {
  const present = await stat(path).then(
    (info) => info.isFile(),
    () => false,
  );
  return present && (await digestFile(path)).sha256 === sha256;
}

async function download(source: RemoteSource, path: string, options: SourceCacheOptions): Promise<string> {
  const meter = digestStream();
  try {
    await pipeline(await openSource(source.url, options), meter, createWriteStream(path, { flags: 'wx' }), {
      signal: options.signal,
    });
  } catch (error) {
    const reason = messageOf(error);
    throw builderError(
      'RECIPE_SOURCE_FETCH',
      { recipe: source.recipe, url: withoutCredentials(source.url), reason },
      { cause: error },
    );
  }
  return meter.result().sha256;
}

async function openSource(url: string, options: SourceCacheOptions): Promise<Readable> {
  if (url.startsWith('file:')) return createReadStream(fileURLToPath(url));
  const response = await (options.fetch ?? fetch)(url, { signal: options.signal });
  if (!response.ok || response.body === null) throw new Error(`the server answered ${response.status}`);
  return Readable.fromWeb(response.body);
}
