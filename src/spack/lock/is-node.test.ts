import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { isNode } from './is-node.ts';
import { nodeSchema } from './node-schema.ts';

const lock = new URL('../../../test/fixtures/spack/spack-0.23-tutorial/spack.lock', import.meta.url);
const { concrete_specs: specs } = JSON.parse(readFileSync(lock, 'utf8')) as { concrete_specs: Record<string, object> };
const nodes = Object.values(specs);

test('nodes of a real lock are nodes', () => {
  expect(nodes.filter((node) => !isNode(node))).toEqual([]);
});

test('the quick answer is that of the schema, whatever is put in the place of anything in a real node', () => {
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
    const answer = isNode(changed);
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
