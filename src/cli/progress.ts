import { durationText, type OnProgress } from '../kit/index.ts';
import type { Terminal } from './terminal.ts';

interface Measured {
  /** Begins with a verb in the present participle: `Copying packages`. */
  readonly title: string;
  /** Whether the amounts are bytes. */
  readonly isBytes?: boolean;
}

/** Shorter work shows nothing. */
const SILENT_MS = 2000;
const BETWEEN_MS = 100;
const MEGABYTE = 1e6;

/**
 * Does work that reports how much of it is done, and shows that with rate and time left once it takes longer than two
 * seconds. Shows nothing without a terminal and with `--quiet`.
 */
export async function withProgress<T>(
  terminal: Pick<Terminal, 'progress'>,
  what: Measured & { readonly now?: () => number },
  work: (onProgress: OnProgress) => Promise<T>,
): Promise<T> {
  const now = what.now ?? (() => performance.now());
  const started = now();
  let shown = started + SILENT_MS - BETWEEN_MS;
  try {
    return await work((done, total) => {
      const time = now();
      if (time - shown < BETWEEN_MS) return;
      shown = time;
      terminal.progress(progressText(what, { done, total, seconds: (time - started) / 1000 }));
    });
  } finally {
    terminal.progress('');
  }
}

interface Measure {
  readonly done: number;
  readonly total: number | undefined;
  readonly seconds: number;
}

function progressText({ title, isBytes = false }: Measured, { done, total, seconds }: Measure): string {
  const amount = (value: number) => (isBytes ? (value / MEGABYTE).toFixed(1) : String(value));
  const unit = isBytes ? ' MB' : '';
  const rate = done / seconds;
  const parts = [
    `${title}: ${amount(done)}${total === undefined ? '' : ` of ${amount(total)}`}${unit}`,
    `${isBytes ? amount(rate) : rate.toFixed(1)}${unit}/s`,
    ...(total === undefined || done === 0 || total < done ? [] : [`${durationText((total - done) / rate)} left`]),
  ];
  return parts.join(', ');
}
