import { Transform, type Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract, type Extract } from 'tar-stream';
import { SlipwayError, digestStream, messageOf } from '../../kit/index.ts';
import { ArchiveRules, type ArchiveEntry, type LinkRoots } from './archive-rules.ts';
import { mirrorError } from '../errors.ts';

export interface ArchiveLimits {
  readonly maxEntries?: number;
  /** Uncompressed bytes in all. */
  readonly maxBytes?: number;
}

export interface ArchiveReading {
  /** The gzip'd tar. */
  readonly source: Readable;
  readonly limits?: ArchiveLimits;
  readonly linkRoots?: LinkRoots;
  /** Of Spack up to 0.18, which packed otherwise. */
  readonly isOld?: boolean;
  /** Takes an entry's bytes; whatever it leaves unread is skipped. */
  onEntry(entry: ArchiveEntry, body: Readable): Promise<void>;
}

export interface ArchiveFacts {
  /** Absolute. */
  readonly prefix: string;
  /** SHA-256 and count of the compressed bytes. */
  readonly sha256: string;
  readonly size: number;
  readonly diffId: string;
  readonly tarSize: number;
}

/** Reads a package's archive once, from beginning to end, holding it to the rules; nothing is kept in memory. */
export async function readArchive(reading: ArchiveReading): Promise<ArchiveFacts> {
  const { maxEntries = 1_000_000, maxBytes = 64 * 2 ** 30 } = reading.limits ?? {};
  const [compressed, plain] = [digestStream(), digestStream()];
  const extractor = extract();
  const stages = [
    reading.source,
    compressed,
    createGunzip(),
    byteLimit(maxBytes),
    plain,
    extractor as unknown as Writable,
  ] as const;
  const feeding = pipeline(stages).then(
    () => undefined,
    (error: unknown) => error,
  );
  const rules = new ArchiveRules(reading);
  try {
    await eachEntry(extractor, rules, { maxEntries, onEntry: (entry, body) => reading.onEntry(entry, body) });
  } catch (error) {
    extractor.destroy();
    const cause = await feeding;
    throw error instanceof SlipwayError ? error : broken(cause instanceof SlipwayError ? cause : error);
  }
  const fault = await feeding;
  if (fault !== undefined) throw broken(fault);
  const { sha256, size } = compressed.result();
  const { sha256: plainSha256, size: tarSize } = plain.result();
  return { prefix: rules.finish(reading.linkRoots), sha256, size, diffId: `sha256:${plainSha256}`, tarSize };
}

async function eachEntry(
  extractor: Extract,
  rules: ArchiveRules,
  options: { maxEntries: number; onEntry: ArchiveReading['onEntry'] },
): Promise<void> {
  let count = 0;
  for await (const entry of extractor) {
    count += 1;
    if (count > options.maxEntries)
      throw mirrorError('MIRROR_ARCHIVE_TOO_LARGE', { limit: options.maxEntries, unit: 'entries' });
    await options.onEntry(rules.add(entry.header), entry as unknown as Readable);
    entry.resume();
  }
}

function byteLimit(limit: number): Transform {
  let size = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      if (size > limit) done(mirrorError('MIRROR_ARCHIVE_TOO_LARGE', { limit, unit: 'bytes' }));
      else done(null, chunk);
    },
  });
}

function broken(error: unknown): SlipwayError {
  if (error instanceof SlipwayError) return error;
  return mirrorError('MIRROR_ARCHIVE_BROKEN', { reason: messageOf(error) }, { cause: error });
}
