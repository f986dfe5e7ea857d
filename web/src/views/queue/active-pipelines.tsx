import type { QueuedPipeline } from '../../../../src/protocol/index.ts';
import { Empty } from '../../parts/page-parts.tsx';
import { linkTo } from '../../router.ts';
import '../../style/progress.css';

/** Pipelines by what their jobs do: how much waits for other jobs is seen here, and in no list of jobs. */
export function ActivePipelines({ pipelines }: { pipelines: readonly QueuedPipeline[] }) {
  if (pipelines.length === 0) return <Empty>No pipeline is active.</Empty>;
  return (
    <ul class="active-pipelines">
      {pipelines.map((pipeline) => (
        <li key={pipeline.id}>
          <p>
            <a href={linkTo.pipeline(pipeline.id)}>Pipeline {pipeline.id}</a>{' '}
            <span class="faint">
              {pipeline.stack} {pipeline.ref}
            </span>
          </p>
          <Shares pipeline={pipeline} />
          <p class="faint">{textOf(pipeline)}</p>
        </li>
      ))}
    </ul>
  );
}

function Shares({ pipeline: { ended, running, queued, blocked, manual } }: { pipeline: QueuedPipeline }) {
  const shares = [
    ['success', ended],
    ['running', running],
    ['pending', queued],
    ['blocked', blocked + manual],
  ] as const;
  return (
    <div class="bar" aria-hidden="true">
      {shares.map(([look, count]) => count > 0 && <span key={look} class={look} style={{ flexGrow: count }} />)}
    </div>
  );
}

function textOf({ ended, running, queued, blocked, manual }: QueuedPipeline): string {
  const parts = [
    [ended, 'ended'],
    [running, 'running'],
    [queued, 'in the queue'],
    [blocked, blocked === 1 ? 'waits for other jobs' : 'wait for other jobs'],
    [manual, manual === 1 ? 'waits for a person' : 'wait for a person'],
  ] as const;
  return parts.flatMap(([count, word]) => (count === 0 ? [] : [`${count.toLocaleString()} ${word}`])).join(', ');
}
