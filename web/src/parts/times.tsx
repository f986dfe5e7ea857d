import { now } from '../clock.ts';
import { formatAgo, formatDuration } from '../format.ts';

export function Ago({ at }: { at: string }) {
  return (
    <time dateTime={at} title={new Date(at).toLocaleString()}>
      {formatAgo(at, now.value)}
    </time>
  );
}

/** From one time to another; without the other, until now. */
export function Duration({ from, to }: { from?: string; to?: string }) {
  if (from === undefined) return null;
  const end = to === undefined ? now.value : Date.parse(to);
  return <span class="number">{formatDuration(end - Date.parse(from))}</span>;
}
