import { formatDuration } from '../format.ts';
import type { DrawnBar } from './drawn-bars.ts';

/** What a bar did, in words. */
export function barText({ bar, from, to }: DrawnBar): string {
  const waited = bar.queuedAt === undefined ? 0 : from - Date.parse(bar.queuedAt);
  const transfer = (bar.parts ?? []).reduce((sum, { seconds }) => sum + seconds, 0) * 1000;
  return [
    bar.finishedAt === undefined ? `running for ${formatDuration(to - from)}` : formatDuration(to - from),
    ...(transfer > 0 ? [`transfers ${formatDuration(transfer)}`] : []),
    ...(waited > 0 ? [`waited ${formatDuration(waited)}`] : []),
  ].join(', ');
}
