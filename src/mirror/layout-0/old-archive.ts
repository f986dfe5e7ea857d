import { createReadStream, createWriteStream } from 'node:fs';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { extract } from 'tar-stream';
import { digestStream } from '../../kit/index.ts';
import { readArchive } from '../archive/read-archive.ts';
import { brokenArchive } from '../errors.ts';
import { parseDistribution, type BuiltFor } from '../relocation/read-distribution.ts';

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
  const extractor = extract();
  const take = async (): Promise<void> => {
    for await (const entry of extractor) {
      const { name, size } = entry.header;
      const body = entry as unknown as Readable;
      if (name.endsWith('.tar.bz2')) throw new Error('its tarball is compressed with bzip2, which slipway cannot read');
      if (name.endsWith('.tar.gz')) {
        const meter = digestStream();
        await pipeline(body, meter, createWriteStream(tarball));
        ({ sha256 } = meter.result());
      } else if (/\.spec\.(?:yaml|json)(?:\.asc)?$/.test(name)) {
        if (size > MAX_DOCUMENT) throw new Error(`a document in it has more than ${MAX_DOCUMENT} bytes`);
        documents.set(name.endsWith('.asc') ? 'signature' : 'spec', await text(body));
      }
      entry.resume();
    }
  };
  const feeding = pipeline(source, extractor as unknown as Writable);
  feeding.catch(() => undefined); // `take` fails as well
  try {
    await take();
    await feeding;
  } catch (error) {
    throw brokenArchive(error);
  }
  const [specFile, signature] = [documents.get('spec'), documents.get('signature')];
  if (sha256 === undefined || specFile === undefined)
    throw brokenArchive(new Error('it holds no tarball, or no spec file'));
  return { tarball, sha256, specFile, signature };
}

/** Reads where a package was installed, and the prefixes of its dependencies by the hashes of their time. */
export async function readOldDistribution(tarball: string): Promise<BuiltFor> {
  let distribution = '';
  await readArchive({
    source: createReadStream(tarball),
    isOld: true,
    linkRoots: () => [''], // links are checked when the package is unpacked
    onEntry: async ({ name }, body) => {
      if (/^[^/]+\/\.spack\/binary_distribution$/.test(name)) distribution = await text(body);
    },
  });
  return parseDistribution(distribution, '.spack/binary_distribution');
}
