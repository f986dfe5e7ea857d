import * as z from 'zod';
import { isRecord, messageOf, sha256 } from '../../kit/index.ts';
import { wrongHash } from './dag-hash.ts';
import { spackError } from '../errors.ts';
import { findCircle } from './lock-graph.ts';
import { readNode } from './read-node.ts';
import type { SpecNode } from './node.ts';
import { fromOldSpecs } from './old-nodes.ts';
import { pythonJson } from './python-json.ts';
import { readDocument } from './read-document.ts';

export interface LockRoot {
  readonly hash: string;
  /** The user's spec that this root fulfils, as Spack printed it. */
  readonly spec: string;
  /** Spec group, from lockfile-version 7 on. */
  readonly group?: string;
}

/** A `spack.lock`. Source: Spack, "Lockfile Format", versions 1 (Spack 0.12) to 8 (1.3). */
export interface Lockfile {
  readonly lockfileVersion: number;
  /** Format of the nodes. */
  readonly specfileVersion: number;
  /** The Spack that wrote it: `version`, `type`, `commit`; empty if the file does not name it. */
  readonly spack: Readonly<Record<string, unknown>>;
  readonly roots: readonly LockRoot[];
  /** In the file's order, by DAG hash, also where the file uses hashes of another kind (versions 2 and 3). */
  readonly nodes: ReadonlyMap<string, SpecNode>;
  /** Further top-level keys, such as `include_concrete`, as they stand. */
  readonly rest?: Readonly<Record<string, unknown>>;
}

const OLDEST = 1;
/**
 * Up to here a lock's nodes may be called by other hashes than their DAG hash, which itself is of other things than
 * today.
 */
const OLD = 3;
const NEWEST = 8;

const Document = z.looseObject({
  _meta: z.looseObject({ 'lockfile-version': z.number().int(), 'specfile-version': z.number().int().optional() }),
  spack: z.record(z.string(), z.unknown()).optional(),
  roots: z.array(z.looseObject({ hash: z.string(), spec: z.string(), group: z.string().optional() })),
  // Not `z.record`, which would copy it: a lock has thousands of nodes.
  concrete_specs: z.custom<Readonly<Record<string, unknown>>>(isRecord, 'not a mapping'),
});

/**
 * Reads a lock and checks that it is whole: every root and dependency is there, and nothing depends on itself.
 * With `checkHashes`, each node's hash is recomputed too, where its format allows. Throws a SlipwayError `LOCK_…`.
 */
export function readLockfile(text: string, file: string, options: { readonly checkHashes?: boolean } = {}): Lockfile {
  const document = parseDocument(text, file);
  const { _meta: meta, spack = {}, roots: written, concrete_specs: listed, ...rest } = document;
  const isOld = meta['lockfile-version'] <= OLD;
  const { specs, hashes } = isOld ? fromOldSpecs(listed) : { specs: listed, hashes: new Map<string, string>() };
  const roots = written.map((root) => ({ ...root, hash: hashes.get(root.hash) ?? root.hash }));
  const nodes = new Map<string, SpecNode>();
  for (const key of Object.keys(specs)) {
    const node = readNode(specs[key]);
    if ('fault' in node) throw spackError('LOCK_INVALID', { file, fault: `concrete_specs.${key}: ${node.fault}` });
    nodes.set(key, node);
  }
  const lock: Lockfile = {
    lockfileVersion: meta['lockfile-version'],
    specfileVersion: meta['specfile-version'] ?? Math.max(1, meta['lockfile-version'] - 1),
    spack,
    roots,
    nodes,
    rest,
  };
  checkGraph(lock, file);
  checkHashes(lock, file, options.checkHashes === true);
  return lock;
}

/** The text of `spack.lock` as Spack writes it: one line, no newline at the end. */
export function writeLockfile(lock: Lockfile): string {
  return pythonJson({
    _meta: {
      'file-type': 'spack-lockfile',
      'lockfile-version': lock.lockfileVersion,
      'specfile-version': lock.specfileVersion,
    },
    ...(Object.keys(lock.spack).length > 0 ? { spack: lock.spack } : {}),
    roots: lock.roots,
    concrete_specs: Object.fromEntries(lock.nodes),
    ...lock.rest,
  });
}

/** Returns the digest that identifies a lock: SHA-256 of the file's bytes, in hexadecimal. */
export function lockDigest(content: string | Uint8Array): string {
  return sha256(content);
}

function parseDocument(text: string, file: string): z.infer<typeof Document> {
  const invalid = (fault: string, cause?: unknown) => spackError('LOCK_INVALID', { file, fault }, { cause });
  const value = readDocument(text, z.unknown(), invalid) as { readonly _meta?: Record<string, unknown> } | null;
  const { 'file-type': type, 'lockfile-version': version } = value?._meta ?? {};
  if (type !== 'spack-lockfile') {
    throw spackError('LOCK_WRONG_TYPE', { file, found: JSON.stringify(type) ?? 'missing' });
  }
  if (typeof version !== 'number' || !(version >= OLDEST && version <= NEWEST)) {
    const details = { file, version: JSON.stringify(version) ?? 'missing', oldest: OLDEST, newest: NEWEST };
    throw spackError('LOCK_VERSION', details);
  }
  const result = Document.safeParse(value);
  if (result.success) return { ...(value as z.infer<typeof Document>) };
  throw invalid(messageOf(result.error));
}

function checkGraph(lock: Lockfile, file: string): void {
  const { roots, nodes } = lock;
  const root = roots.find(({ hash }) => !nodes.has(hash));
  if (root !== undefined)
    throw spackError('LOCK_INVALID', { file, fault: `root \`${root.spec}\` has no concrete spec ${root.hash}` });
  for (const { name, hash, dependencies = [] } of nodes.values()) {
    const missing = dependencies.find((one) => !nodes.has(one.hash));
    if (missing === undefined) continue;
    const fault = `${name}/${hash} depends on ${missing.name}/${missing.hash}, which it does not have`;
    throw spackError('LOCK_INVALID', { file, fault });
  }
  const circle = findCircle(lock);
  if (circle !== undefined) throw spackError('LOCK_CYCLE', { file, circle: circle.join(' → ') });
}

function checkHashes(lock: Lockfile, file: string, recompute: boolean): void {
  for (const [key, node] of lock.nodes) {
    const { name, hash } = node;
    if (key !== hash) {
      throw spackError('LOCK_INVALID', { file, fault: `concrete_specs.${key}: holds ${name} with hash ${hash}` });
    }
    const computed = recompute ? wrongHash(node, lock.specfileVersion) : undefined;
    if (computed !== undefined) throw spackError('LOCK_HASH_MISMATCH', { file, name, hash, computed });
  }
}
