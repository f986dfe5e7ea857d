import type { Timeline, TimelineBar } from '../../../src/protocol/index.ts';
import { formatDuration } from '../format.ts';
import { JobStatusMark } from '../parts/status.tsx';
import { VirtualList, type Column } from '../parts/virtual-list.tsx';
import { linkTo } from '../router.ts';

/** The timeline as a table, for all who cannot see the picture. */
export function TimelineTable({ timeline }: { timeline: Timeline }) {
  const critical = new Set(timeline.critical.jobs.map(({ job }) => job));
  const between = (from: string | undefined, to: string | undefined) =>
    from === undefined ? '' : formatDuration(Date.parse(to ?? timeline.to) - Date.parse(from));
  const columns: readonly Column<TimelineBar>[] = [
    { name: 'name', title: 'Job', cell: ({ job, name }) => <a href={linkTo.job(job)}>{name}</a> },
    { name: 'state', title: 'Status', cell: (bar) => <JobStatusMark job={bar} label /> },
    { name: 'runner', title: 'Runner', cell: ({ lane }) => timeline.lanes[lane ?? -1]?.runner },
    { name: 'start', title: 'Start', cell: ({ startedAt }) => startedAt && between(timeline.from, startedAt) },
    { name: 'waited', title: 'Waited', cell: ({ queuedAt, startedAt }) => between(queuedAt, startedAt) },
    { name: 'transfer', title: 'Transfers', cell: ({ parts }) => transferText(parts) },
    { name: 'duration', title: 'Took', cell: ({ startedAt, finishedAt }) => between(startedAt, finishedAt) },
    { name: 'path', title: 'Path', cell: ({ job }) => critical.has(job) && 'critical' },
  ];
  return (
    <VirtualList
      label="Timeline"
      class="timeline-table"
      columns={columns}
      rows={timeline.bars}
      keyOf={({ job }) => job}
    />
  );
}

function transferText(parts: TimelineBar['parts'] = []): string {
  const seconds = parts.reduce((sum, part) => sum + part.seconds, 0);
  return seconds === 0 ? '' : formatDuration(seconds * 1000);
}
