import { isMap, isScalar, isSeq, parseDocument, visit } from 'yaml';

interface MovedPaths {
  /** All further configuration. */
  readonly include: readonly string[];
  /** Rewrites a path of the stack's own recipes. */
  readonly recipes: (path: string) => string;
}

/** Rewrites the paths in a `spack.yaml` for another folder and keeps its comments. */
export function rewriteEnvironment(text: string, { include, recipes }: MovedPaths): string {
  const document = parseDocument(text);
  const root = document.has('spack') ? 'spack' : 'env';
  const moved = moveRepositories(document.getIn([root, 'repos']), recipes);
  if (include.length === 0 && !moved) return text;
  if (!isMap(document.get(root))) document.set(root, document.createNode({}));
  if (include.length > 0) document.setIn([root, 'include'], document.createNode(include));
  return document.toString({ lineWidth: 0 });
}

/** `repos` is a list, or from Spack 1.0 on a mapping; paths in it that are relative mean the folder of the file. */
function moveRepositories(repos: unknown, move: (path: string) => string): boolean {
  if (!isSeq(repos) && !isMap(repos)) return false;
  let moved = false;
  visit(repos, {
    Map: (key, node) => (node === repos || key === null ? undefined : visit.SKIP),
    Scalar: (key, node) => {
      if (key === 'key' || typeof node.value !== 'string' || !isScalar(node)) return;
      const now = move(node.value);
      moved ||= now !== node.value;
      node.value = now;
    },
  });
  return moved;
}
