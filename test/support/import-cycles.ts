import { isTest, resolveImport, type SourceFile } from './source-files.ts';
import { importsOf } from './imports.ts';

/** Returns the cycles between files, type-only imports included. Tests are left out: nothing imports them. */
export function fileCycles(files: readonly SourceFile[]): readonly (readonly string[])[] {
  const code = files.filter(({ path }) => !isTest(path));
  return cycles(
    new Map(code.map(({ path, text }) => [path, importsOf(text).map((specifier) => resolveImport(path, specifier))])),
  );
}

/** Returns one cycle for each edge of a graph that closes one, beginning and ending with the same node. */
export function cycles(graph: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] {
  const done = new Set<string>();
  const found: string[][] = [];
  const walk = (node: string, trail: readonly string[]): void => {
    if (trail.includes(node)) {
      found.push([...trail.slice(trail.indexOf(node)), node]);
      return;
    }
    if (done.has(node)) return;
    for (const other of graph.get(node) ?? []) walk(other, [...trail, node]);
    done.add(node);
  };
  for (const node of graph.keys()) walk(node, []);
  return found;
}
