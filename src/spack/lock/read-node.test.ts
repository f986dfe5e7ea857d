import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { hashPattern } from './dag-hash.ts';
import { namePattern, readNode } from './read-node.ts';

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

const nodeSchema = z.looseObject({
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

const isNode = (value: unknown) => !('fault' in readNode(value));

const lock = new URL('../../../test/fixtures/spack/spack-0.23-tutorial/spack.lock', import.meta.url);
const { concrete_specs: specs } = JSON.parse(readFileSync(lock, 'utf8')) as { concrete_specs: Record<string, object> };
const nodes = Object.values(specs);

test('nodes of a real lock are nodes', () => {
  expect(nodes.filter((node) => !isNode(node))).toEqual([]);
});

test('the answer is that of a schema, whatever replaces a part of a real node', () => {
  const odd = fc.oneof(
    fc.constantFrom(undefined, null, '', 'gcc', '../x', 'build', 'h7cukqlyw7krpvv4tqkh6xdqhrjmnvbc', true, 7, [], {}),
    fc.constantFrom(['build', 'link'], ['build', 'x'], { name: 'x86_64' }, { name: 1 }, { path: null }, [[]]),
    fc.jsonValue(),
  );
  const answers = new Set<boolean>();
  const property = fc.property(fc.constantFrom(...nodes), fc.nat(), odd, (node, pick, value) => {
    const changed = structuredClone(node);
    const places = placesIn(changed);
    const { holder, key } = places[pick % places.length]!;
    if (value === undefined && !Array.isArray(holder)) delete holder[key];
    else holder[key] = value;
    const answer = isNode(structuredClone(changed));
    answers.add(answer);
    expect({ changed, answer }).toEqual({ changed, answer: nodeSchema.safeParse(changed).success });
  });
  fc.assert(property, { numRuns: 3000 });
  expect(answers).toEqual(new Set([true, false]));
});

interface Place {
  readonly holder: Record<string, unknown>;
  readonly key: string;
}

function placesIn(value: unknown): readonly Place[] {
  if (typeof value !== 'object' || value === null) return [];
  const holder = value as Record<string, unknown>;
  return Object.keys(holder).flatMap((key) => [{ holder, key }, ...placesIn(holder[key])]);
}
