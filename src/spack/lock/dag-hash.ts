import { createHash } from 'node:crypto';
import { base32 } from '../../kit/index.ts';
import type { SpecNode } from './node.ts';
import { pythonJson } from './python-json.ts';

/** What a DAG hash looks like: 160 bits in lower-case base32. */
export const hashPattern = /^[a-z2-7]{32}$/;

/**
 * Spack's DAG hash: SHA-1 of the node's JSON without `hash`, keys in the order that they stand in. Dependencies
 * count through their own hashes. Holds for nodes that Spack 0.21 or later made and did not splice.
 */
export function dagHash(node: Omit<SpecNode, 'hash'> | SpecNode): string {
  const { hash: _, ...content } = node as SpecNode;
  return hashOf(pythonJson(content));
}

function hashOf(text: string): string {
  return base32(createHash('sha1').update(text).digest());
}

/** The node with its hash as the last key, where Spack puts it. */
export function withHash(node: Omit<SpecNode, 'hash'>): SpecNode {
  const { hash: _, ...content } = node as SpecNode;
  return { ...content, hash: dagHash(content) };
}

/**
 * Returns the hash of a node's content if it differs from the node's own. Returns undefined if they are equal, or if
 * the hash cannot be computed: spliced nodes keep the hash of another build, formats before 3 hash something else, and
 * locks of Spack 0.18 lack `package_hash`, which is part of what it hashes.
 *
 * A node that a later Spack wrote again keeps its first hash, so it is hashed in its first format. Format 5 names that
 * format; a file of format 4 may contain nodes of format 3.
 */
export function wrongHash(node: SpecNode, specfileVersion: number): string | undefined {
  const named = specfileVersion < 5 ? undefined : node.annotations?.original_specfile_version;
  const format = named ?? specfileVersion;
  if (format < 3 || 'build_spec' in node) return undefined;
  const old = specfileVersion > 4 && format < 5 ? inFormat4(node) : node;
  if (format === 3) return old.package_hash === undefined ? undefined : unlessEqual(hashOfFormat3(old), node);
  const computed = unlessEqual(dagHash(old), node);
  return specfileVersion === 4 && computed !== undefined && hashOfFormat3(old) === node.hash ? undefined : computed;
}

function unlessEqual(computed: string, { hash }: SpecNode): string | undefined {
  return computed === hash ? undefined : computed;
}

/** Formats before 5 have the compiler after the architecture, and no annotations. */
function inFormat4({ annotations, ...node }: SpecNode): SpecNode {
  const [name, version] = String(annotations?.compiler).split('@=');
  const entries = Object.entries<unknown>(node).flatMap(([key, value]): [string, unknown][] =>
    key === 'arch' ? Object.entries({ arch: value, compiler: { name, version } }) : [[key, value]],
  );
  const { dependencies } = node;
  const written = dependencies?.map(({ name: dependency, hash, parameters: { deptypes, virtuals } }) => {
    return { name: dependency, hash, parameters: { deptypes, virtuals } };
  });
  return { ...(Object.fromEntries(entries) as unknown as SpecNode), ...(written && { dependencies: written }) };
}

/** Format 3, of Spack 0.18 to 0.20, is hashed with indentation, and has a dependency's types as `type`. */
function hashOfFormat3(node: SpecNode): string {
  const { hash: _, ...content } = node;
  const dependencies = node.dependencies?.map(({ name, hash, parameters }) => {
    return { name, hash, type: parameters.deptypes };
  });
  return hashOf(pythonJson({ ...content, ...(dependencies && { dependencies }) }, 2));
}
