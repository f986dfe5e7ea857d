import { signal } from '@preact/signals';
import type { LogHit, LogSearch } from '../../../src/protocol/index.ts';
import { ApiFailure, getJson } from '../api.ts';

/** What is searched for. */
interface Wanted {
  readonly text: string;
  readonly isRegex: boolean;
  readonly isCaseSensitive: boolean;
}

interface Found {
  readonly hits: readonly LogHit[];
  /** `full`: there may be more hits than are kept. */
  readonly state: 'nothing' | 'searching' | 'complete' | 'full' | 'failed';
  /** Why it failed. */
  readonly problem?: string;
}

const nothing: Found = { hits: [], state: 'nothing' };
const MOST_HITS = 10_000;
const PAGE = 5000;

/** The search in a job's log, which the server does part by part. */
export class LogSearcher {
  readonly found = signal<Found>(nothing);
  readonly #job: string;
  #wanted: Wanted | undefined;
  #searched = 0;
  #running = new AbortController();

  constructor(job: string) {
    this.#job = job;
  }

  /** Begins another search; an empty text ends it. */
  search(wanted: Wanted): void {
    this.#running.abort();
    this.#wanted = wanted.text === '' ? undefined : wanted;
    this.#searched = 0;
    this.found.value = this.#wanted === undefined ? nothing : { hits: [], state: 'searching' };
    void this.#continue();
  }

  /** Searches what has been added to the log since. */
  grown(lines: number): void {
    if (this.found.value.state === 'complete' && lines > this.#searched) void this.#continue();
  }

  async #continue(): Promise<void> {
    const wanted = this.#wanted;
    if (wanted === undefined) return;
    this.#running = new AbortController();
    const { signal: stopped } = this.#running;
    try {
      for (let isOver = false; !isOver && this.found.value.hits.length < MOST_HITS;) {
        const part = await getJson<LogSearch>(this.#address(wanted), stopped);
        if (stopped.aborted) return;
        const { hits } = this.found.value;
        this.#searched = part.searched;
        isOver = part.complete;
        this.found.value = { hits: [...hits, ...part.hits], state: isOver ? 'complete' : 'searching' };
      }
      if (this.found.value.state === 'searching') this.found.value = { ...this.found.value, state: 'full' };
    } catch (error) {
      if (stopped.aborted) return;
      const problem = error instanceof ApiFailure ? error.message : 'The server does not answer.';
      this.found.value = { ...this.found.value, state: 'failed', problem };
    }
  }

  #address({ text, isRegex, isCaseSensitive }: Wanted): string {
    const query = new URLSearchParams({ q: text, after: String(this.#searched), limit: String(PAGE) });
    if (isRegex) query.set('regex', 'true');
    if (isCaseSensitive) query.set('case', 'true');
    return `/jobs/${this.#job}/log/search?${query.toString()}`;
  }
}

/** The index of the hit in a line, else of the next one after it; the number of hits where there is none. */
export function hitAt(hits: readonly LogHit[], line: number): number {
  let [low, high] = [0, hits.length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((hits[middle]?.line ?? 0) >= line) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The line of the next or previous hit, seen from a line; beyond the last comes the first. */
export function nextHit(hits: readonly LogHit[], from: number, direction: 1 | -1): number | undefined {
  const at = hitAt(hits, direction === 1 ? from + 1 : from);
  const index = direction === 1 ? at % hits.length : (at - 1 + hits.length) % hits.length;
  return hits[index]?.line;
}
