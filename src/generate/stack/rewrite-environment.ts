import { isMap, isScalar, isSeq, parseDocument, visit } from 'yaml';

/** What a `spack.yaml` must name anew where it lies in another folder. */
interface MovedNames {
  /** Every place of configuration besides the file itself. */
  readonly include: readonly string[];
  /** A path of the stack's own recipes, as seen from there. */
  readonly recipes: (path: string) => string;
}

/** Writes a `spack.yaml` with other names in it, its comments kept; as it was where there is nothing to name. */
export function rewriteEnvironment(text: string, { include, recipes }: MovedNames): string {
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
