import { signal } from '@preact/signals';
import type { LogIndex } from '../../../src/protocol/index.ts';
import { getJson, getLogBytes } from '../api.ts';
import { readLines, type LogLine } from './log-lines.ts';

const KEPT_PIECES = 60;
const AGAIN_MS = 1000;
/** A piece has at most so many bytes besides the rest of its last line. */
const PIECE_BYTES = 80 * 1024;

const nothing: LogIndex = { size: 0, lines: 0, checkpoints: [[1, 0]], sections: [] };

interface Piece {
  readonly end: number;
  readonly lines: readonly LogLine[];
}

/** A job's log, of which only the parts in view are loaded. */
export class LogModel {
  readonly job: string;
  readonly index = signal<LogIndex>(nothing);
  readonly isLoaded = signal(false);
  /** Changes when pieces have arrived. */
  readonly arrived = signal(0);
  readonly #pieces = new Map<number, Piece>();
  readonly #loading = new Set<number>();
  #refreshing: Promise<void> | undefined;
  #again = false;

  constructor(job: string) {
    this.job = job;
  }

  /** Loads the index of the log. Calls during a request lead to one more request after it. */
  refresh(): Promise<void> {
    if (this.#refreshing !== undefined) {
      this.#again = true;
      return this.#refreshing;
    }
    this.#refreshing = this.#refresh().finally(() => {
      this.#refreshing = undefined;
      if (!this.#again) return;
      this.#again = false;
      void this.refresh();
    });
    return this.#refreshing;
  }

  /** Returns a line, counted from 1. One that is not loaded is requested. */
  line(number: number): LogLine | undefined {
    const { checkpoints, size } = this.index.value;
    const at = pieceOf(checkpoints, number);
    const [first, start] = checkpoints[at] ?? [1, 0];
    const end = checkpoints[at + 1]?.[1] ?? size;
    const piece = this.#pieces.get(start);
    if (piece === undefined || piece.end !== end) void this.#fetch(start, end);
    return piece?.lines[number - first];
  }

  async #refresh(): Promise<void> {
    const known = this.index.value;
    const [, since] = known.checkpoints.at(-1) ?? [1, 0];
    try {
      const next = await getJson<LogIndex>(`/jobs/${this.job}/log/index?since=${since}`);
      // A runner that sends its log again makes it shorter for a while: all that was loaded is void.
      if (next.size < known.size) {
        this.#pieces.clear();
        this.index.value = nothing;
        this.#again = true;
        return;
      }
      const before = known.checkpoints.filter(([, offset]) => offset < since);
      this.index.value = { ...next, checkpoints: [...before, ...next.checkpoints] };
      this.isLoaded.value = true;
    } catch {
      // The page repeats the request when the server answers.
    }
  }

  async #fetch(start: number, end: number): Promise<void> {
    if (end <= start || this.#loading.has(start)) return;
    this.#loading.add(start);
    try {
      // A line's own newline is not part of it, so the last byte may be one that is not shown.
      const bytes = await getLogBytes(this.job, start, Math.min(end, start + PIECE_BYTES) - 1);
      const isWhole = start + bytes.length >= end;
      const lines = readLines(bytes, { start, end: isWhole ? end : end - 1 });
      this.#pieces.delete(start);
      this.#pieces.set(start, { end, lines });
      const [oldest] = this.#pieces.keys();
      if (this.#pieces.size > KEPT_PIECES && oldest !== undefined) this.#pieces.delete(oldest);
      this.arrived.value += 1;
    } catch {
      // The list is rendered again after a moment, which requests the piece if it is still in view.
      setTimeout(() => (this.arrived.value += 1), AGAIN_MS);
    } finally {
      this.#loading.delete(start);
    }
  }
}

/** Index of the last checkpoint that is not after the line. */
function pieceOf(checkpoints: LogIndex['checkpoints'], line: number): number {
  let [low, high] = [0, checkpoints.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((checkpoints[middle]?.[0] ?? 0) <= line) low = middle;
    else high = middle - 1;
  }
  return low;
}
