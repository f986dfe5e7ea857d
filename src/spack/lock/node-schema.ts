import * as z from 'zod';
import { messageOf } from '../../kit/index.ts';
import { hashPattern } from './dag-hash.ts';
import { isNode, namePattern } from './is-node.ts';
import type { SpecDependency, SpecNode } from './node.ts';

const hash = z.string().regex(hashPattern, 'not a DAG hash (32 characters of a-z and 2-7)');
const deptypes = z.array(z.enum(['build', 'link', 'run', 'test']));
const dependency = z
  .looseObject({
    name: z.string().regex(namePattern, 'not a package name'),
    hash: hash.optional(),
    build_hash: hash.optional(),
    parameters: z.looseObject({ deptypes, virtuals: z.array(z.string()) }).optional(),
    type: deptypes.optional(),
  })
  .refine((one) => one.hash !== undefined || one.build_hash !== undefined, 'dependency without a hash')
  .refine((one) => one.parameters !== undefined || one.type !== undefined, 'dependency without its types');

/** Says what is wrong with a node; `isNode` answers the same, without a reason, for the thousands that are well. */
export const nodeSchema = z.looseObject({
  name: z.string().regex(namePattern, 'not a package name'),
  version: z.string().min(1),
  arch: z.looseObject({
    platform: z.string(),
    platform_os: z.string(),
    target: z.union([z.string(), z.looseObject({ name: z.string() })]),
  }),
  compiler: z.looseObject({ name: z.string(), version: z.string() }).optional(),
  namespace: z.string(),
  parameters: z.record(z.string(), z.union([z.boolean(), z.string(), z.array(z.string())])),
  external: z.looseObject({ path: z.string().nullable() }).optional(),
  patches: z.array(z.string()).optional(),
  package_hash: z.string().optional(),
  dependencies: z.array(dependency).optional(),
  hash,
});

/**
 * The value as a node, itself and not a copy: the order of its keys is part of its hash. Gives the first fault
 * as text instead where the value is none.
 */
export function readNode(value: unknown): SpecNode | { readonly fault: string } {
  if (!isNode(value)) {
    const result = nodeSchema.safeParse(value);
    if (!result.success) return { fault: messageOf(result.error) };
  }
  const read = value as SpecNode;
  for (const one of read.dependencies ?? []) completeDependency(one);
  return read;
}

/**
 * Formats 2 and 3 write a dependency's types as `type`, and format 2 its hash as `build_hash`. The model's names
 * are added without being enumerable, so that the text that is hashed and written stays as it was.
 */
function completeDependency(one: SpecDependency & { type?: readonly string[]; build_hash?: string }): void {
  if (one.hash === undefined) Object.defineProperty(one, 'hash', { value: one.build_hash });
  if (one.parameters === undefined) {
    Object.defineProperty(one, 'parameters', { value: { deptypes: one.type, virtuals: [] } });
  }
}
