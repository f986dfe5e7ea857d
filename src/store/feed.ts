import type { Database } from './database.ts';

/** Records that something changed. Its present state is read from the ledgers when the entry is. */
export interface FeedEntry {
  readonly id: number;
  readonly kind: 'pipeline' | 'job' | 'status' | 'image' | 'request';
  /**
   * Id of the pipeline, job run or publication; `<stack> <number>` of a request; `<stack> <sha> <context>` of a status.
   */
  readonly subject: string;
  /** A status as JSON; the stack of an image. */
  readonly detail?: string;
}

/**
 * What changed, in the order of the last change: each subject stands in it once, so it does not grow with time and a
 * reader who was away gets every subject's newest state, once. Ids grow, also over restarts and removals.
 */
export interface Feed {
  /** Returns the highest id so far; 0 at the beginning. */
  newest(): number;
  after(id: number, limit: number): readonly FeedEntry[];
  /** Calls back when there is something new. Returns a function that stops the calls. */
  onChange(listener: () => void): () => void;
}

/** The feed of a database; the schema's triggers write it. */
export function createFeed(database: Database): Feed {
  const newest = (): number => Number(database.get("SELECT seq FROM sqlite_sequence WHERE name = 'feed'")?.seq ?? 0);
  return {
    newest,
    after: (id, limit) => database.all('SELECT * FROM feed WHERE id > ? ORDER BY id LIMIT ?', id, limit),
    onChange: (listener) => {
      let reported = newest();
      return database.onWrite(() => {
        const now = newest();
        if (now === reported) return;
        reported = now;
        listener();
      });
    },
  };
}
