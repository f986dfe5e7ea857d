import * as z from 'zod';
import { spackError } from '../errors.ts';
import { readNode } from '../lock/read-node.ts';
import type { SpecNode } from '../lock/node.ts';
import { readDocument } from '../lock/read-document.ts';

/** One package that the index knows, with the keys of Spack's database. */
export interface IndexEntry {
  readonly spec: SpecNode;
  /** How many entries of the index depend on this one directly. */
  readonly ref_count: number;
  /** False for packages that are only named as dependencies, such as externals. */
  readonly in_buildcache: boolean;
}

/** A mirror's index. Versions that Spack writes: 8 (1.x), 7 (0.23). */
export interface IndexFile {
  readonly version: string;
  readonly installs: ReadonlyMap<string, IndexEntry>;
}

const Document = z.object({
  database: z.object({
    version: z.string(),
    installs: z.record(
      z.string(),
      z.object({ spec: z.unknown(), ref_count: z.number().default(0), in_buildcache: z.boolean().default(false) }),
    ),
  }),
});

/** Reads an index's JSON. Throws BUILDCACHE_INDEX_INVALID. */
export function readIndexFile(text: string): IndexFile {
  const fail = (fault: string, cause?: unknown) => spackError('BUILDCACHE_INDEX_INVALID', { fault }, { cause });
  const { database } = readDocument(text, Document, fail);
  const installs = new Map<string, IndexEntry>();
  for (const [hash, entry] of Object.entries(database.installs)) {
    const spec = readNode(entry.spec);
    if ('fault' in spec) throw fail(`installs.${hash}: ${spec.fault}`);
    if (spec.hash !== hash) throw fail(`installs.${hash}: holds ${spec.name} with hash ${spec.hash}`);
    installs.set(hash, { ...entry, spec });
  }
  return { version: database.version, installs };
}
