import { z } from 'zod';
import { messageOf } from '../../kit/index.ts';
import { spackError } from '../errors.ts';
import { readNode } from '../lock/node-schema.ts';
import type { SpecNode } from '../lock/node.ts';
import { pythonJson } from '../lock/python-json.ts';

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
      z.looseObject({ spec: z.unknown(), ref_count: z.number().optional(), in_buildcache: z.boolean().optional() }),
    ),
  }),
});

export const emptyIndex: IndexFile = { version: '8', installs: new Map() };

/** Reads an index's JSON. Throws BUILDCACHE_INDEX_INVALID. */
export function readIndexFile(text: string): IndexFile {
  const fail = (fault: string, cause?: unknown) => spackError('BUILDCACHE_INDEX_INVALID', { fault }, { cause });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw fail(messageOf(error), error);
  }
  const result = Document.safeParse(value);
  if (!result.success)
    throw fail(`${result.error.issues[0]?.path.map(String).join('.')}: ${result.error.issues[0]?.message}`);
  const installs = new Map<string, IndexEntry>();
  for (const [hash, entry] of Object.entries((value as z.infer<typeof Document>).database.installs)) {
    const spec = readNode(entry.spec);
    if ('fault' in spec) throw fail(`installs.${hash}: ${spec.fault}`);
    if (spec.hash !== hash) throw fail(`installs.${hash}: holds ${spec.name} with hash ${spec.hash}`);
    installs.set(
      hash,
      indexEntry(spec, { inBuildcache: entry.in_buildcache === true, refCount: entry.ref_count ?? 0 }),
    );
  }
  return { version: result.data.database.version, installs };
}

/** The index's text as Spack 1.x writes it: one line, no newline at the end. */
export function formatIndexFile({ version, installs }: IndexFile): string {
  return pythonJson({ database: { version, installs: Object.fromEntries(installs) } });
}

export function indexEntry(
  node: SpecNode,
  options: { readonly inBuildcache: boolean; readonly refCount: number },
): IndexEntry {
  return { spec: node, ref_count: options.refCount, in_buildcache: options.inBuildcache };
}

/**
 * The index with one more package: `nodes` is what its spec file holds, the package first. Its dependencies are
 * named too, as not in the build cache unless they are known to be. Adding twice changes nothing.
 */
export function addToIndex(index: IndexFile, nodes: readonly SpecNode[]): IndexFile {
  const installs = new Map(index.installs);
  const added = nodes.filter((node) => !installs.has(node.hash));
  for (const node of added) installs.set(node.hash, indexEntry(node, { inBuildcache: false, refCount: 0 }));
  for (const node of added) {
    for (const { hash } of node.dependencies ?? []) {
      const entry = installs.get(hash);
      if (entry !== undefined) installs.set(hash, { ...entry, ref_count: entry.ref_count + 1 });
    }
  }
  const first = nodes[0] === undefined ? undefined : installs.get(nodes[0].hash);
  if (first !== undefined) installs.set(first.spec.hash, { ...first, in_buildcache: true });
  return { version: index.version, installs };
}
