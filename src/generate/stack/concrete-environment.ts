import { isAbsolute, join, relative } from 'node:path';
import { isMap, isScalar, isSeq, parseDocument, visit } from 'yaml';

export interface ConcretePlaces {
  /** Folder of the stack's own `spack.yaml`. */
  readonly source: string;
  /** Folder in which the new one will lie. */
  readonly target: string;
  readonly scopes: readonly string[];
}

/**
 * The `spack.yaml` that child jobs read: the stack's own, including every other place of configuration, and naming its own
 * recipes, by paths from where it will lie. The text stays as it is where there are none of these.
 */
export function concreteEnvironment(text: string, { source, target, scopes }: ConcretePlaces): string {
  const document = parseDocument(text);
  const root = document.has('spack') ? 'spack' : 'env';
  const moved = moveRepositories(document.getIn([root, 'repos']), (path) => relative(target, join(source, path)));
  if (scopes.length === 0 && !moved) return text;
  if (!isMap(document.get(root))) document.set(root, document.createNode({}));
  if (scopes.length > 0)
    document.setIn(
      [root, 'include'],
      document.createNode([...new Set(scopes.map((scope) => relative(target, scope)))]),
    );
  return document.toString({ lineWidth: 0 });
}

/** `repos` is a list, or from Spack 1.0 on a mapping; paths in it that are relative mean the folder of the file. */
function moveRepositories(repos: unknown, move: (path: string) => string): boolean {
  if (!isSeq(repos) && !isMap(repos)) return false;
  let moved = false;
  visit(repos, {
    Map: (key, node) => (node === repos || key === null ? undefined : visit.SKIP),
    Scalar: (key, node) => {
      if (key === 'key' || typeof node.value !== 'string' || !isScalar(node) || !isRelative(node.value)) return;
      node.value = move(node.value);
      moved = true;
    },
  });
  return moved;
}

function isRelative(path: string): boolean {
  return !isAbsolute(path) && !/^[$~]|^\w+:\/\/|^git@/.test(path);
}
