import type { ComponentChildren } from 'preact';
import '../style/table.css';

interface TableOptions {
  /** Name of the table for screen readers. */
  readonly label: string;
  readonly columns: readonly ComponentChildren[];
  /** The column of numbers that is aligned to the right. */
  readonly right?: string;
  readonly class?: string;
  readonly children: ComponentChildren;
}

/** A table in a box that scrolls sideways. Its children are rows. */
export function Table({ label, columns, right, class: look, children }: TableOptions) {
  return (
    <div class="table-box" tabIndex={0} role="region" aria-label={label}>
      <table class={look}>
        <thead>
          <tr>
            {columns.map((column, index) => (
              <th key={index} scope="col" class={column === right ? 'right' : undefined}>
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}
