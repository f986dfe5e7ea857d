/** With fewer rows all of them have elements, so that the browser's own search finds each. */
const FEW = 200;
/** Rows beyond the edges of the view, which are there before they are scrolled to. */
const OVERSCAN = 10;

/** The rows `first` to `last`, `last` excluded. */
export interface RowsInView {
  readonly first: number;
  readonly last: number;
}

/**
 * Returns the rows that need elements: those in a part of the list, `top` pixels below its begin, and some around. Of a
 * list out of view they are those that are seen first when it is scrolled to.
 */
export function rowsInView(
  part: { readonly top: number; readonly height: number },
  { count, rowHeight }: { readonly count: number; readonly rowHeight: number },
): RowsInView {
  if (count <= FEW) return { first: 0, last: count };
  const top = Math.max(0, Math.min(part.top, count * rowHeight - part.height));
  return {
    first: Math.max(0, Math.floor(top / rowHeight) - OVERSCAN),
    last: Math.min(count, Math.ceil((top + part.height) / rowHeight) + OVERSCAN),
  };
}
