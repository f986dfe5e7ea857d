import type { Queue, QueuedJob } from '../../../../src/protocol/index.ts';
import { CodeText } from '../../parts/code-text.tsx';
import { Empty } from '../../parts/page-parts.tsx';
import { Status } from '../../parts/status.tsx';
import { DurationText, Moment } from '../../parts/times.tsx';
import { VirtualList, type Column } from '../../parts/virtual-list.tsx';
import { linkTo } from '../../router.ts';
import { waitWords } from './wait-words.ts';

const columns: readonly Column<QueuedJob>[] = [
  {
    name: 'job',
    title: 'Job',
    cell: ({ id, name, status }) => (
      <>
        <Status status={status} />{' '}
        <a href={linkTo.job(id)} title={name}>
          {name}
        </a>
      </>
    ),
  },
  {
    name: 'of',
    title: 'Pipeline',
    cell: ({ pipeline, stack, ref }) => (
      <>
        <a href={linkTo.pipeline(pipeline)}>{pipeline}</a> {stack} {ref}
      </>
    ),
  },
  { name: 'wait', title: 'Waits for', cell: (job) => <Wait job={job} /> },
  { name: 'place', title: 'Place', cell: ({ position }) => position },
  { name: 'since', title: 'Waiting', cell: ({ since }) => <DurationText from={since} /> },
];

/** The jobs that wait, in the order in which runners get them; those that need a person first. */
export function QueueList({ queue: { jobs, total } }: { queue: Queue }) {
  if (jobs.length === 0) return <Empty>Nothing waits. Jobs are here while they are ready and not running.</Empty>;
  return (
    <>
      <VirtualList label="Jobs that wait" class="queue" columns={columns} rows={jobs} keyOf={({ id }) => id} />
      {total > jobs.length && (
        <p class="faint">
          The first {jobs.length.toLocaleString()} of {total.toLocaleString()}.
        </p>
      )}
    </>
  );
}

function Wait({ job: { waitsFor } }: { job: QueuedJob }) {
  const { kind, text, job, until } = waitsFor;
  const named = `job ${job}`;
  const [before = '', after = ''] = text.split(named, 2);
  return (
    <span title={text}>
      {(kind === 'runner' || kind === 'quota') && <span class="tag warn">{waitWords[kind]}</span>}{' '}
      <CodeText text={before} />
      {job !== undefined && <a href={linkTo.job(job)}>{named}</a>}
      <CodeText text={after} />
      {until !== undefined && (
        <>
          {' '}
          until <Moment at={until} />
        </>
      )}
    </span>
  );
}
