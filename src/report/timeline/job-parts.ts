import type { JobPart } from '../../protocol/index.ts';
import { readTransfers } from './transfer-line.ts';

/** The stages of GitLab's runner and of the embedded one that transfer something. */
const KINDS: Readonly<Record<string, JobPart['kind']>> = {
  get_sources: 'sources',
  restore_cache: 'cache',
  archive_cache: 'cache',
  archive_cache_on_failure: 'cache',
  download_artifacts: 'artifacts',
  upload_artifacts_on_success: 'artifacts',
  upload_artifacts_on_failure: 'artifacts',
};
const SCRIPT = 'step_script';
const MARK = /section_(start|end):(\d{1,12}):([\w.-]{1,100})\r/g;

interface Interval {
  from: number;
  to: number;
}

/** Milliseconds since 1970. */
interface Attempt {
  readonly startedAt: number;
  readonly finishedAt: number;
}

/**
 * Returns the transfers of an attempt that has ended, from beginning and end of its log. A log is written by the job:
 * nothing in it reaches beyond the attempt's own time.
 */
export function jobParts(log: string, { startedAt, finishedAt }: Attempt): JobPart[] {
  const length = Math.max(0, (finishedAt - startedAt) / 1000);
  // Marks have whole seconds, cut off.
  const seconds = (mark: number) => Math.min(length, Math.max(0, mark - startedAt / 1000));
  const sections = readSections(log);
  const stages = [...sections].flatMap(([name, { from, to }]): JobPart[] => {
    const kind = KINDS[name];
    return kind === undefined ? [] : [{ kind, at: seconds(from), seconds: seconds(to) - seconds(from) }];
  });
  const script = sections.get(SCRIPT);
  const within = { from: seconds(script?.from ?? 0), to: script === undefined ? length : seconds(script.to) };
  return [...stages, ...mirrorParts(log, within)].filter((part) => part.seconds > 0).toSorted((a, b) => a.at - b.at);
}

/** Dependencies come at the beginning of the script, and the push at its end. */
function mirrorParts(log: string, { from, to }: Interval): readonly JobPart[] {
  const times = readTransfers(log);
  if (times === undefined) return [];
  const fetched = Math.min(times.fetched, to - from);
  const pushed = Math.min(times.pushed, to - from - fetched);
  return [
    { kind: 'mirror', at: from, seconds: fetched },
    { kind: 'mirror', at: to - pushed, seconds: pushed },
  ];
}

/** The first time of each section. */
function readSections(log: string): ReadonlyMap<string, Interval> {
  const open = new Map<string, number>();
  const closed = new Map<string, Interval>();
  for (const [, kind, time, name = ''] of log.matchAll(MARK)) {
    const from = open.get(name);
    if (kind === 'start' && from === undefined) open.set(name, Number(time));
    if (kind === 'end' && from !== undefined && (name === SCRIPT || !closed.has(name)))
      closed.set(name, { from, to: Number(time) });
  }
  return closed;
}
