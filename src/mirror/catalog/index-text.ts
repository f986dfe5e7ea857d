import { pythonJson, type SpecNode } from '../../spack/index.ts';
import type { IndexRow, IndexRows } from './index-rows.ts';

/** Versions of Spack's database: 8 is read by 1.x, 7 by 0.19 to 0.23. */
export type DatabaseVersion = '7' | '8';

/**
 * The published index is its head, the packages with commas between, and `tail`: what is added goes before the tail.
 */
export const indexTail = '}}}';

const PAGE = 500;

/** One package as the index names it, with the keys of Spack's database. */
export function indexFragment({ hash, node, refs, present }: IndexRow, version: DatabaseVersion = '8'): string {
  const spec = version === '8' ? annotated(node) : node;
  return `"${hash}":{"spec":${spec},"ref_count":${refs},"in_buildcache":${present}}`;
}

/**
 * The whole text without its tail, in pieces, each with the number of its last row; memory does not grow with the
 * index.
 */
export function* indexPieces(
  rows: IndexRows,
  version: DatabaseVersion = '8',
): Iterable<{ readonly text: string; readonly through: number }> {
  yield { text: `{"database":{"version":"${version}","installs":{`, through: 0 };
  let through = 0;
  for (let page = rows.after(0, PAGE); page.length > 0; page = rows.after(through, PAGE)) {
    const text = page.map((row) => indexFragment(row, version)).join(',');
    const isFirst = through === 0;
    through = page.at(-1)?.seq ?? through;
    yield { text: isFirst ? text : `,${text}`, through };
  }
}

/** The whole text, in memory. */
export function indexText(rows: IndexRows, version?: DatabaseVersion): string {
  return [...indexPieces(rows, version)].map(({ text }) => text).join('') + indexTail;
}

/**
 * A node with a compiler, which has format 4 or an older one: Spack 1.x reads every node of such a database as format
 * 5, refuses the whole of it for one compiler, and so writes what a node had as an annotation. Its hash stays.
 */
function annotated(text: string): string {
  if (!text.includes('"compiler":{')) return text;
  const { compiler, hash, annotations, ...rest } = JSON.parse(text) as SpecNode;
  if (compiler === undefined || annotations !== undefined) return text;
  const added = { original_specfile_version: 4, compiler: `${compiler.name}@=${compiler.version}` };
  return pythonJson({ ...rest, annotations: added, hash });
}
