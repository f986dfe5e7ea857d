import type { IndexRow, IndexRows } from './index-rows.ts';

/** The published index is `head`, the packages with commas between, and `tail`: what is added goes before the tail. */
export const indexHead = '{"database":{"version":"8","installs":{';
export const indexTail = '}}}';

const PAGE = 500;

/** One package as the index names it, with the keys of Spack's database. */
export function indexFragment({ hash, node, refs, present }: IndexRow): string {
  return `"${hash}":{"spec":${node},"ref_count":${refs},"in_buildcache":${present}}`;
}

/** The whole text without its tail, in pieces, each with the number of its last row; memory does not grow with the index. */
export function* indexPieces(
  rows: IndexRows,
  head: string = indexHead,
): Iterable<{ readonly text: string; readonly through: number }> {
  yield { text: head, through: 0 };
  let through = 0;
  for (let page = rows.after(0, PAGE); page.length > 0; page = rows.after(through, PAGE)) {
    const text = page.map(indexFragment).join(',');
    const isFirst = through === 0;
    through = page.at(-1)?.seq ?? through;
    yield { text: isFirst ? text : `,${text}`, through };
  }
}
