import { durationText } from '../../kit/index.ts';
import type { Timeline } from '../../protocol/index.ts';
import { counted } from './words.ts';

/** Names of the critical path that are shown. */
const CHAIN = 6;

/** Describes a timeline in sentences: what keeps the end from being earlier, and what jobs spent their time on. */
export function timelineFacts(timeline: Omit<Timeline, 'facts'>): string[] {
  return [boundText(timeline), pathText(timeline), workText(timeline), sumsText(timeline)].flatMap((text) =>
    text === undefined ? [] : [`${text}.`],
  );
}

function boundText({ from, to, isEnded, bound }: Omit<Timeline, 'facts'>): string | undefined {
  if (bound.seconds === 0) return undefined;
  const taken = durationText((Date.parse(to) - Date.parse(from)) / 1000);
  const reason = bound.by === 'work' ? `${counted(bound.slots, 'job')} at once` : 'the critical path';
  const run = isEnded ? `this run took ${taken}` : `this run has taken ${taken} so far`;
  return `These jobs need at least ${durationText(bound.seconds)}, because of ${reason}; ${run}`;
}

/** `The critical path takes 10 min: zlib → cmake → … → hdf5`. */
function pathText({ critical: { seconds, jobs } }: Omit<Timeline, 'facts'>): string | undefined {
  if (jobs.length === 0) return undefined;
  const names = jobs.map(({ name }) => name.split(' ', 1)[0] ?? name);
  const chain = names.length > CHAIN ? [...names.slice(0, CHAIN - 1), '…', names.at(-1)] : names;
  return `The critical path has ${counted(jobs.length, 'job')} and takes ${durationText(seconds)}: ${chain.join(' → ')}`;
}

function workText({ bound: { work, slots } }: Omit<Timeline, 'facts'>): string | undefined {
  if (work === 0) return undefined;
  return `All jobs together take ${durationText(work)}: at least ${durationText(work / slots)} with ${counted(slots, 'job')} at once`;
}

function sumsText({ sums: { waiting, transfer, running } }: Omit<Timeline, 'facts'>): string | undefined {
  if (running === 0) return undefined;
  const share = transfer === 0 ? '' : ` (${Math.round((100 * transfer) / running)} %)`;
  return `Jobs waited ${durationText(waiting)} in all, and spent ${durationText(transfer)}${share} of their ${durationText(running)} on transfers`;
}
