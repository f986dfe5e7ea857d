import { messageOf } from '../../kit/index.ts';
import { dagHash, isHashCheckable } from '../lock/dag-hash.ts';
import { spackError } from '../errors.ts';
import { nodeOf } from '../lock/lock-graph.ts';
import type { Lockfile } from '../lock/lockfile.ts';
import { readNode } from '../lock/node-schema.ts';
import type { SpecDocument, SpecNode } from '../lock/node.ts';
import { pythonJson } from '../lock/python-json.ts';

/** A spec file as a mirror holds it: one package and its closure. */
export interface SpecFile extends SpecDocument {
  /** 2 for tarballs that hold their parent folders, which is all that Spack has written since 0.20. */
  readonly buildcacheLayoutVersion?: number;
}

export interface SpecFileOptions {
  /** For messages. */
  readonly file?: string;
  /** Also recompute the hash of each node, where its format allows. */
  readonly checkHashes?: boolean;
}

const OLDEST = 3;
const NEWEST = 6;

/**
 * Reads a spec file (JSON, unsigned; formats 3 to 6) and checks that its closure is whole. Throws a SlipwayError
 * `SPEC_FILE_…`. Go by `version`, not by a blob's media type: Spack labels migrated files of format 4 as 5.
 */
export function readSpecFile(text: string, options: SpecFileOptions = {}): SpecFile {
  const { file = 'spec.json', checkHashes = false } = options;
  const fail = (fault: string, cause?: unknown) => spackError('SPEC_FILE_INVALID', { file, fault }, { cause });
  let value: { spec?: { _meta?: { version?: unknown }; nodes?: unknown }; buildcache_layout_version?: unknown } | null;
  try {
    value = JSON.parse(text) as typeof value;
  } catch (error) {
    throw fail(messageOf(error), error);
  }
  const version = value?.spec?._meta?.version;
  if (typeof version !== 'number') throw fail('it has no `spec._meta.version`');
  if (!(version >= OLDEST && version <= NEWEST)) {
    throw spackError('SPEC_FILE_VERSION', { file, version, oldest: OLDEST, newest: NEWEST });
  }
  const nodes = readNodes(value?.spec?.nodes, fail);
  checkNodes(nodes, fail);
  const altered = checkHashes
    ? nodes.find((one) => isHashCheckable(one, version) && dagHash(one) !== one.hash)
    : undefined;
  if (altered !== undefined) throw fail(`${altered.name} is called ${altered.hash}, but hashes to ${dagHash(altered)}`);
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
