import type { RunStatus } from '../../../src/protocol/index.ts';
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
export function DurationText({ from, to }: { from?: string; to?: string }) {
  if (from === undefined) return null;
  const end = to === undefined ? now.value : Date.parse(to);
  return <span class="number">{formatDuration(end - Date.parse(from))}</span>;
}

/** Words for how long something took, or how long it has been under way. */
export function durationWord(to: string | undefined, status: RunStatus): string {
  if (to !== undefined) return 'took';
  return status === 'running' || status === 'canceling' ? 'running for' : 'waiting for';
}

/** The duration, with the words where it has not ended. */
export function RunTime({ from, to, status }: { from?: string; to?: string; status: RunStatus }) {
  if (from === undefined) return null;
  return (
    <>
      {to === undefined && `${durationWord(to, status)} `}
      <DurationText from={from} to={to} />
    </>
  );
}
