/** With fewer rows all of them have elements, so that the browser's own search finds each. */
const FEW = 200;
/** Rows beyond the edges of the view, which are there before they are scrolled to. */
const OVERSCAN = 10;

/** The rows `first` to `last`, `last` excluded. */
export interface RowsInView {
  readonly first: number;
  readonly last: number;
}

/** Returns the rows that need elements: those in a part of the list, `top` pixels below its begin, and some around. */
export function rowsInView(
  part: { readonly top: number; readonly height: number },
  { count, rowHeight }: { readonly count: number; readonly rowHeight: number },
): RowsInView {
  if (count <= FEW) return { first: 0, last: count };
  const bounded = (row: number) => Math.max(0, Math.min(count, row));
  return {
    first: bounded(Math.floor(part.top / rowHeight) - OVERSCAN),
    last: bounded(Math.ceil((part.top + part.height) / rowHeight) + OVERSCAN),
  };
}
