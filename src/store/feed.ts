import type { Database, Row } from './database.ts';

/** That something changed. What it is now is asked of the ledgers when the entry is read. */
export interface FeedEntry {
  readonly id: number;
  readonly kind: 'pipeline' | 'job' | 'status' | 'image' | 'request';
  /**
   * Id of the pipeline, job run or publication; `<stack> <number>` of a request; `<stack> <sha> <context>` of a status.
   */
  readonly subject: string;
  /** A status as JSON; the stack of an image. */
  readonly detail: string | undefined;
}

/**
 * What changed, in the order of the last change: each subject stands in it once, so it does not grow with time and a
 * reader who was away gets every subject's newest state, once. Ids grow, also over restarts and removals.
 */
export interface Feed {
  /** The highest id that was ever given; 0 at the beginning. */
  newest(): number;
  after(id: number, limit: number): readonly FeedEntry[];
  /** Calls back when there is something new. Returns how to stop that. */
  onChange(listener: () => void): () => void;
}

/** The feed of a database; the schema's triggers write it. */
export function createFeed(database: Database): Feed {
  const newest = (): number => Number(database.get("SELECT seq FROM sqlite_sequence WHERE name = 'feed'")?.seq ?? 0);
  return {
    newest,
    after: (id, limit) => database.all('SELECT * FROM feed WHERE id > ? ORDER BY id LIMIT ?', id, limit).map(entryOf),
    onChange: (listener) => {
      let told = newest();
      return database.onWrite(() => {
        const now = newest();
        if (now === told) return;
        told = now;
        listener();
      });
    },
  };
}

function entryOf(row: Row): FeedEntry {
  return {
    id: Number(row.id),
    kind: row.kind as FeedEntry['kind'],
    subject: String(row.subject),
    detail: row.detail === null ? undefined : String(row.detail),
  };
}
