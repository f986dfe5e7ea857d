import type { ComponentChildren, RefObject } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { rowsInView, type RowsInView } from './rows-in-view.ts';
import { useMedia } from './use-media.ts';
import '../style/virtual-list.css';

export interface Column<Row> {
  /** Unique in the list. Its cells have the class `cell-<name>`. */
  readonly name: string;
  readonly title: ComponentChildren;
  readonly cell: (row: Row) => ComponentChildren;
  /** Whether the list can be sorted by it. */
  readonly isSortable?: boolean;
}

/** By which column rows are sorted: its name, after `-` if the greatest comes first; empty for no order. */
interface Order {
  readonly value: string;
  readonly set: (value: string) => void;
}

interface VirtualListOptions<Row> {
  /** Name of the list for screen readers. */
  readonly label: string;
  /** The style sheet gives its rows their columns: `.<class> .virtual-row { grid-template-columns: … }`. */
  readonly class: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  /** Content that stands across all columns in place of cells, as above a group of rows. */
  readonly heading?: (row: Row) => ComponentChildren | undefined;
  readonly order?: Order;
}

/** Pixels of a row; on a phone it has two lines. */
const HEIGHT = { wide: 34, phone: 58 } as const;

/**
 * A table of which only the rows in view have elements, however many there are. It scrolls with the page, or with a box
 * around it. Arrows, Home, End, Page Up and Page Down move between rows once one has the focus.
 */
export function VirtualList<Row>(options: VirtualListOptions<Row>) {
  const { label, class: look, columns, rows, keyOf, heading, order } = options;
  const body = useRef<HTMLDivElement>(null);
  const rowHeight = useMedia('(max-width: 640px)') ? HEIGHT.phone : HEIGHT.wide;
  const view = useRowsInView(body, { count: rows.length, rowHeight });
  const { focused, events } = useRowKeys(body, { count: rows.length, rowHeight });
  return (
    <div class={`virtual ${look}`} role="table" aria-label={label} aria-rowcount={rows.length + 1}>
      <div role="rowgroup" class="virtual-head">
        <div role="row" class="virtual-row" aria-rowindex={1}>
          {columns.map((column) => (
            <ColumnHead key={column.name} column={column} order={order} />
          ))}
        </div>
      </div>
      <div
        ref={body}
        role="rowgroup"
        class="virtual-body"
        style={{ height: `${rows.length * rowHeight}px` }}
        {...events}
      >
        {indexes(view, focused).map((index) => {
          const row = rows[index];
          if (row === undefined) return null;
          const head = heading?.(row);
          return (
            <div
              key={keyOf(row)}
              role="row"
              class={head === undefined ? 'virtual-row' : 'virtual-row virtual-heading'}
              aria-rowindex={index + 2}
              tabIndex={-1}
              style={{ top: `${index * rowHeight}px`, height: `${rowHeight}px` }}
            >
              {head === undefined ? (
                <Cells row={row} columns={columns} />
              ) : (
                <div role="cell" aria-colspan={columns.length}>
                  {head}
                </div>
              )}
            </div>
          );
        })}
      </div>
    </div>
  );
}

function Cells<Row>({ row, columns }: { row: Row; columns: readonly Column<Row>[] }) {
  return (
    <>
      {columns.map(({ name, cell }, index) => (
        <div key={name} role={index === 0 ? 'rowheader' : 'cell'} class={`cell-${name}`}>
          {cell(row)}
        </div>
      ))}
    </>
  );
}

function ColumnHead<Row>({ column, order }: { column: Column<Row>; order: Order | undefined }) {
  const { name, title, isSortable } = column;
  if (isSortable !== true || order === undefined)
    return (
      <div role="columnheader" class={`cell-${name}`}>
        {title}
      </div>
    );
  const direction = order.value === name ? 'ascending' : order.value === `-${name}` ? 'descending' : undefined;
  const next = direction === undefined ? name : direction === 'ascending' ? `-${name}` : '';
  return (
    <div role="columnheader" class={`cell-${name}`} aria-sort={direction ?? 'none'}>
      <button type="button" class="plain" onClick={() => order.set(next)}>
        {title}
        <span aria-hidden="true">{direction === undefined ? '' : direction === 'ascending' ? ' ↑' : ' ↓'}</span>
      </button>
    </div>
  );
}

/** The rows in view, and the one with the focus, wherever it is. */
function indexes({ first, last }: RowsInView, focused: number | undefined): readonly number[] {
  const inView = Array.from({ length: Math.max(0, last - first) }, (_, index) => first + index);
  if (focused === undefined || (focused >= first && focused < last)) return inView;
  return focused < first ? [focused, ...inView] : [...inView, focused];
}

interface Size {
  readonly count: number;
  readonly rowHeight: number;
}

/** Follows any scrolling around the list, and changes of what stands above it. */
function useRowsInView(body: RefObject<HTMLElement | null>, { count, rowHeight }: Size): RowsInView {
  const [view, setView] = useState<RowsInView>({ first: 0, last: 0 });
  useLayoutEffect(() => {
    const look = () => {
      const top = body.current?.getBoundingClientRect().top ?? 0;
      const next = rowsInView({ top: -top, height: innerHeight }, { count, rowHeight });
      setView((now) => (now.first === next.first && now.last === next.last ? now : next));
    };
    look();
    addEventListener('scroll', look, { capture: true, passive: true });
    addEventListener('resize', look);
    const observer = new ResizeObserver(look);
    observer.observe(document.body);
    return () => {
      removeEventListener('scroll', look, { capture: true });
      removeEventListener('resize', look);
      observer.disconnect();
    };
  }, [count, rowHeight]);
  return view;
}

/** Moves the focus between rows. The row that has it keeps its element when it is scrolled out of view. */
function useRowKeys(body: RefObject<HTMLElement | null>, { count, rowHeight }: Size) {
  const [focused, setFocused] = useState<number>();
  const [moves, setMoves] = useState(0);
  useLayoutEffect(() => {
    if (moves === 0) return;
    const row = body.current?.querySelector<HTMLElement>(`[aria-rowindex="${(focused ?? 0) + 2}"]`);
    (row?.querySelector<HTMLElement>('a, button') ?? row)?.focus();
  }, [moves]);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const next = rowAfter(event.key, rowOf(event.target), { count, rowHeight });
    if (next === undefined) return;
    event.preventDefault();
    setFocused(next);
    setMoves(moves + 1);
  };
  const onFocusIn = ({ target }: FocusEvent) => setFocused(rowOf(target));
  const onFocusOut = ({ relatedTarget }: FocusEvent) => setFocused(rowOf(relatedTarget));
  return { focused, events: { onKeyDown, onFocusIn, onFocusOut } };
}

/** The row of the list that an element is in. */
function rowOf(target: EventTarget | null): number | undefined {
  const row = target instanceof Element ? target.closest('.virtual-body > [aria-rowindex]') : null;
  return row === null ? undefined : Number(row.getAttribute('aria-rowindex')) - 2;
}

function rowAfter(key: string, row: number | undefined, { count, rowHeight }: Size): number | undefined {
  if (row === undefined) return undefined;
  const page = Math.max(1, Math.floor(innerHeight / rowHeight) - 3);
  const next = {
    ArrowDown: row + 1,
    ArrowUp: row - 1,
    PageDown: row + page,
    PageUp: row - page,
    Home: 0,
    End: count - 1,
  }[key];
  return next === undefined ? undefined : Math.max(0, Math.min(count - 1, next));
}
