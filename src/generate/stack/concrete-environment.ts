import { relative } from 'node:path';
import { isMap, parseDocument } from 'yaml';

/**
 * The `spack.yaml` that child jobs read: the stack's own, including every other place of configuration by a path from
 * where it will lie. The text stays as it is where there are none.
 */
export function concreteEnvironment(
  text: string,
  places: { readonly target: string; readonly scopes: readonly string[] },
): string {
  const { target, scopes } = places;
  if (scopes.length === 0) return text;
  const document = parseDocument(text);
  const root = document.has('spack') ? 'spack' : 'env';
  if (!isMap(document.get(root))) document.set(root, document.createNode({}));
  document.setIn([root, 'include'], document.createNode([...new Set(scopes.map((scope) => relative(target, scope)))]));
  return document.toString({ lineWidth: 0 });
}
