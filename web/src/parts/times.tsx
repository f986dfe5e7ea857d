import type { RunStatus } from '../../../src/protocol/index.ts';
import { currentTime } from '../clock.ts';
import { formatAgo, formatDuration } from '../format.ts';

export function Ago({ at }: { at: string }) {
  return (
    <time dateTime={at} title={new Date(at).toLocaleString()}>
      {formatAgo(at, currentTime.value)}
    </time>
  );
}

/** A moment as date and time, in the time zone of the browser. */
export function Moment({ at }: { at: string }) {
  return <time dateTime={at}>{new Date(at).toLocaleString()}</time>;
}

/** The time between two moments; without `to`, until now. */
export function DurationText({ from, to }: { from?: string; to?: string }) {
  if (from === undefined) return null;
  const end = to === undefined ? currentTime.value : Date.parse(to);
  return <span class="number">{formatDuration(end - Date.parse(from))}</span>;
}

/** Returns the words before a duration, which depend on whether it has ended. */
export function durationWord(to: string | undefined, status: RunStatus): string {
  if (to !== undefined) return 'took';
  return status === 'running' || status === 'canceling' ? 'running for' : 'waiting for';
}

/** The duration, with words before it while it has not ended. */
export function RunTime({ from, to, status }: { from?: string; to?: string; status: RunStatus }) {
  if (from === undefined) return null;
  return (
    <>
      {to === undefined && `${durationWord(to, status)} `}
      <DurationText from={from} to={to} />
    </>
  );
}
