import { createHash } from 'node:crypto';
import { base32 } from '../../kit/index.ts';
import type { SpecNode } from './node.ts';
import { pythonJson } from './python-json.ts';

/** What a DAG hash looks like: 160 bits in lower-case base32. */
export const hashPattern = /^[a-z2-7]{32}$/;

/**
 * Spack's DAG hash: SHA-1 of the node's JSON without `hash`, keys in the order that they stand in. Dependencies
 * count through their own hashes. Holds for spec files of format 3 and later that were not spliced.
 */
export function dagHash(node: Omit<SpecNode, 'hash'> | SpecNode): string {
  const { hash: _, ...content } = node as SpecNode;
  return base32(createHash('sha1').update(pythonJson(content)).digest());
}

/** The node with its hash as the last key, where Spack puts it. */
export function withHash(node: Omit<SpecNode, 'hash'>): SpecNode {
  const { hash: _, ...content } = node as SpecNode;
  return { ...content, hash: dagHash(content) };
}

/**
 * Whether the hash can be checked against the content: spliced nodes keep the hash of another build, and older
 * formats hash something else.
 */
export function isHashCheckable(node: SpecNode, specfileVersion: number): boolean {
  return specfileVersion >= 3 && !('build_spec' in node);
}
