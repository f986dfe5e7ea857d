import { createReadStream, createWriteStream } from 'node:fs';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { digestStream, messageOf, readYaml } from '../../kit/index.ts';
import { mirrorError } from '../errors.ts';

const MAX_DOCUMENT = 64 * 2 ** 20;

/** What a `.spack` file of layout 0 holds: a plain tar of the tarball, the spec file, and perhaps its signature. */
export interface OldArchive {
  /** Path of the tarball. */
  readonly tarball: string;
  readonly sha256: string;
  readonly specFile: string;
  /** An armored signature of the spec file. */
  readonly signature?: string;
}

/** Takes such a file apart; the tarball goes into the folder. Throws MIRROR_ARCHIVE_BROKEN. */
export async function openOldArchive(source: Readable, folder: string): Promise<OldArchive> {
  const tarball = join(folder, 'tarball.tar.gz');
  const documents = new Map<string, string>();
  let sha256: string | undefined;
  const take = async (name: string, body: Readable): Promise<void> => {
    if (name.endsWith('.tar.bz2')) throw new Error('its tarball is compressed with bzip2, which slipway can not read');
    if (name.endsWith('.tar.gz')) {
      const meter = digestStream();
      await pipeline(body, meter, createWriteStream(tarball));
      sha256 = meter.result().sha256;
    } else if (/\.spec\.(?:yaml|json)(?:\.asc)?$/.test(name)) {
      documents.set(name.endsWith('.asc') ? 'signature' : 'spec', await textOf(body));
    }
  };
  await eachFile(source, take).catch((error: unknown) => {
    throw mirrorError('MIRROR_ARCHIVE_BROKEN', { reason: messageOf(error) }, { cause: error });
  });
  const [specFile, signature] = [documents.get('spec'), documents.get('signature')];
  if (sha256 === undefined || specFile === undefined)
    throw mirrorError('MIRROR_ARCHIVE_BROKEN', { reason: 'it holds no tarball, or no spec file' });
  return { tarball, sha256, specFile, signature };
}

/**
 * Where a package was installed, and what it knew of others' prefixes: from `.spack/binary_distribution` of its
 * tarball.
 */
interface OldPlace {
  readonly root: string;
  readonly prefix: string;
  readonly spack?: { readonly sbang: string; readonly prefix: string };
  /** Prefixes by the hashes of their time. */
  readonly prefixes: ReadonlyMap<string, string>;
}

/** Reads it. Throws MIRROR_ARCHIVE_BROKEN where there is none or it says no absolute prefix. */
export async function readOldPlace(tarball: string): Promise<OldPlace> {
  let text: string | undefined;
  const source = createReadStream(tarball);
  const look = async (name: string, body: Readable): Promise<void> => {
    if (/^[^/]+\/\.spack\/binary_distribution$/.test(name)) text = await textOf(body);
  };
  await eachFile(source, look, createGunzip()).catch((error: unknown) => {
    throw mirrorError('MIRROR_ARCHIVE_BROKEN', { reason: messageOf(error) }, { cause: error });
  });
  const said = readYaml(text ?? '', 'binary_distribution').value as Record<string, unknown> | null | undefined;
  const { buildpath: root, relative_prefix: below, spackprefix, sbang_install_path: sbang } = said ?? {};
  if (typeof root !== 'string' || typeof below !== 'string' || !/^\/.*[^/]$/.test(root) || below.includes('..'))
    throw mirrorError('MIRROR_ARCHIVE_BROKEN', { reason: 'it does not say where it was installed' });
  const known = Object.entries((said?.['prefix_to_hash'] ?? {}) as Record<string, unknown>);
  return {
    root,
    prefix: `${root}/${below}`,
    prefixes: new Map(known.flatMap(([prefix, hash]) => (typeof hash === 'string' ? [[hash, prefix] as const] : []))),
    ...(typeof spackprefix === 'string'
      ? { spack: { prefix: spackprefix, sbang: typeof sbang === 'string' ? sbang : `${spackprefix}/bin/sbang` } }
      : {}),
  };
}

async function eachFile(
  source: Readable,
  take: (name: string, body: Readable) => Promise<void>,
  ...through: readonly NodeJS.ReadWriteStream[]
): Promise<void> {
  const extractor = extract();
  const feeding = pipeline([source, ...through, extractor as unknown as Writable]).catch((error: unknown) => {
    extractor.destroy();
    throw error;
  });
  const reading = (async () => {
    for await (const entry of extractor) {
      if (entry.header.type === 'file') await take(entry.header.name, entry as unknown as Readable);
      entry.resume();
    }
  })();
  const [fed, read] = await Promise.allSettled([
    feeding,
    reading.catch((error: unknown) => (extractor.destroy(), Promise.reject(error))),
  ]);
  for (const one of [read, fed]) if (one.status === 'rejected') throw one.reason;
}

async function textOf(body: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    chunks.push(chunk as Buffer);
    size += (chunk as Buffer).length;
    if (size > MAX_DOCUMENT) throw new Error(`a document in it has more than ${MAX_DOCUMENT} bytes`);
  }
  return Buffer.concat(chunks).toString();
}
