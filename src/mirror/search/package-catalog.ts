import { setImmediate } from 'node:timers/promises';
import type { IndexExtent, IndexPublisher } from '../catalog/index-publisher.ts';
import { CatalogContent } from './catalog-content.ts';

/** Rows that are read at a time: some milliseconds of work. */
const PAGE = 250;

/**
 * The packages of a mirror's index, in memory, for searching. `current` brings it up to date: it reads the rows that
 * were added since, or all rows if earlier ones have changed. It pauses between pages, so that a server answers others
 * meanwhile. Concurrent callers wait for the first one.
 */
export class PackageCatalog {
  readonly #index: Pick<IndexPublisher, 'extent' | 'rowsAfter'>;
  #content = new CatalogContent();
  #extent: IndexExtent = { last: 0, altered: 0 };
  #updating: Promise<void> | undefined;

  constructor(index: Pick<IndexPublisher, 'extent' | 'rowsAfter'>) {
    this.#index = index;
  }

  async current(): Promise<CatalogContent> {
    this.#updating ??= this.#update().finally(() => (this.#updating = undefined));
    await this.#updating;
    return this.#content;
  }

  async #update(): Promise<void> {
    const extent = await this.#index.extent();
    const isExtended = extent.altered === this.#extent.altered && extent.last >= this.#extent.last;
    if (isExtended && extent.last === this.#extent.last) return;
    const content = isExtended ? this.#content : new CatalogContent();
    let seq = isExtended ? this.#extent.last : 0;
    while (seq < extent.last) {
      const rows = this.#index.rowsAfter(seq, PAGE);
      for (const row of rows) content.add(row);
      seq = rows.at(-1)?.seq ?? extent.last;
      await setImmediate();
    }
    content.link();
    this.#content = content;
    this.#extent = { last: seq, altered: extent.altered };
  }
}
