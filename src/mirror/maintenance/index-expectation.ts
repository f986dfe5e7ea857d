import { existsSync } from 'node:fs';
import { IndexRows } from '../catalog/index-rows.ts';
import { indexPath } from '../catalog/index-path.ts';
import type { IndexExpectation } from './verify-index.ts';

/** What the writers of a folder mirror recorded; undefined if nobody keeps a record there. Close it after use. */
export function recordedExpectation(folder: string): (IndexExpectation & { close(): void }) | undefined {
  const path = indexPath(folder);
  if (!existsSync(path)) return undefined;
  const rows = new IndexRows(path);
  return {
    number: Number(rows.fact('number') ?? 0),
    manifestOf: (hash) => rows.row(hash)?.manifest,
    close: () => rows.close(),
  };
}
