import { messageOf, readYaml } from '../../kit/index.ts';
import { wrongHash } from '../lock/dag-hash.ts';
import { spackError } from '../errors.ts';
import { nodeOf } from '../lock/lock-graph.ts';
import type { Lockfile } from '../lock/lockfile.ts';
import { readNode } from '../lock/read-node.ts';
import { fromOldNode, withDagHashes } from '../lock/old-nodes.ts';
import type { SpecDocument, SpecNode } from '../lock/node.ts';
import { pythonJson } from '../lock/python-json.ts';

/** A spec file as a mirror holds it: one package and its closure. */
export interface SpecFile extends SpecDocument {
  /** 2 for tarballs that hold their parent folders, which is all that Spack has written since 0.20. */
  readonly buildcacheLayoutVersion?: number;
}

interface SpecFileOptions {
  /** For messages. */
  readonly file?: string;
  /** Also recompute the hash of each node, where its format allows. */
  readonly checkHashes?: boolean;
  /**
   * Also read formats 1 and 2. Their hashes cannot be computed again, so that such a file proves nothing of what it
   * describes: never for a mirror's entries.
   */
  readonly allowOld?: boolean;
}

const OLDEST = 3;
const NEWEST = 6;

/**
 * Reads a spec file (JSON, unsigned; formats 3 to 6, with `allowOld` also 1 and 2 and YAML) and checks that its closure
 * is whole. Throws a SlipwayError `SPEC_FILE_…`. Go by `version`, not by a blob's media type: Spack labels migrated
 * files of format 4 as 5.
 */
export function readSpecFile(text: string, options: SpecFileOptions = {}): SpecFile {
  const { file = 'spec.json', checkHashes = false, allowOld = false } = options;
  const fail = (fault: string, cause?: unknown) => spackError('SPEC_FILE_INVALID', { file, fault }, { cause });
  let value: { spec?: { _meta?: { version?: unknown }; nodes?: unknown }; buildcache_layout_version?: unknown } | null;
  try {
    value = (allowOld ? parseText(text) : JSON.parse(text)) as typeof value;
  } catch (error) {
    throw fail(messageOf(error), error);
  }
  // Format 1 has no version: its nodes are a list of names, each with the rest below it.
  const oldNodes: unknown = allowOld ? value?.spec : undefined;
  const isOldest = Array.isArray(oldNodes);
  const version = isOldest ? 1 : value?.spec?._meta?.version;
  if (typeof version !== 'number') throw fail('it has no `spec._meta.version`');
  const oldest = allowOld ? 1 : OLDEST;
  if (!(version >= oldest && version <= NEWEST)) {
    throw spackError('SPEC_FILE_VERSION', { file, version, oldest, newest: NEWEST });
  }
  const listed = isOldest ? (oldNodes as readonly unknown[]).map((one) => fromOldNode(one)) : value?.spec?.nodes;
  const nodes = readNodes(version === 2 ? nameByDagHash(listed) : listed, fail);
  checkNodes(nodes, fail);
  for (const node of checkHashes ? nodes : []) {
    const computed = wrongHash(node, version);
    if (computed !== undefined) throw fail(`${node.name} is called ${node.hash}, but hashes to ${computed}`);
  }
  const layout = value?.buildcache_layout_version;
  return { version, nodes, ...(typeof layout === 'number' ? { buildcacheLayoutVersion: layout } : {}) };
}

/** The spec file of one package of a lock, as Spack 1.0 and later store it: one line, no newline at the end. */
export function writeSpecFile(lock: Lockfile, hash: string): string {
  const spec = { _meta: { version: lock.specfileVersion }, nodes: specNodes(lock, hash) };
  return pythonJson({ spec, buildcache_layout_version: 2 });
}

/** The package and its whole closure in Spack's order: depth first, dependencies as they are listed, each once. */
export function specNodes(lock: Pick<Lockfile, 'nodes'>, hash: string): readonly [SpecNode, ...SpecNode[]] {
  const root = nodeOf(lock, hash);
  const order = new Set<SpecNode>();
  const stack = [root];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (order.has(node)) continue;
    order.add(node);
    stack.push(...(node.dependencies ?? []).map((one) => nodeOf(lock, one.hash)).toReversed());
  }
  return [root, ...[...order].slice(1)];
}

type Fail = (fault: string) => Error;

/** Before 0.17 spec files were YAML, of which JSON is a part; JSON is tried first since it is read much faster. */
function parseText(text: string): unknown {
  if (/^\s*[{[]/.test(text)) return JSON.parse(text);
  const source = readYaml(text, 'spec.yaml');
  const [fault] = source.diagnostics;
  if (fault !== undefined) throw new Error(fault.message);
  return source.value;
}

/** Format 2 names dependencies by a hash of their build, which each node gives beside its DAG hash. */
function nameByDagHash(nodes: unknown): unknown {
  if (!Array.isArray(nodes)) return nodes;
  const named = nodes as readonly { readonly hash?: string; readonly build_hash?: string }[];
  const known = new Map(named.map((one) => [one.build_hash, one.hash]));
  return named.map((node) => withDagHashes(node, known));
}

function readNodes(value: unknown, fail: Fail): readonly [SpecNode, ...SpecNode[]] {
  if (!Array.isArray(value) || value.length === 0) throw fail('it has no nodes');
  const nodes = value.map((one, index) => {
    const node = readNode(one);
    if ('fault' in node) throw fail(`nodes.${index}.${node.fault}`);
    return node;
  });
  return nodes as [SpecNode, ...SpecNode[]];
}

function checkNodes(nodes: readonly SpecNode[], fail: Fail): void {
  const hashes = new Set(nodes.map((one) => one.hash));
  if (hashes.size < nodes.length) throw fail('two of its nodes have the same hash');
  for (const node of nodes) {
    const missing = (node.dependencies ?? []).find((one) => !hashes.has(one.hash));
    if (missing !== undefined)
      throw fail(`${node.name} depends on ${missing.name}/${missing.hash}, which it does not hold`);
  }
}
