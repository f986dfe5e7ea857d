import { useMemo } from 'preact/hooks';
import type { PipelineDetail } from '../../../../src/protocol/index.ts';
import { JobGraph } from '../../graph/job-graph.tsx';
import { useLayout } from '../../graph/use-layout.ts';
import { useTimeline } from '../../timeline/use-timeline.ts';

/** Milliseconds after an event until the critical path is read again. */
const PATH_MS = 15_000;

/** The jobs of a pipeline and of its children as a graph. */
export function GraphTab({ detail }: { detail: PipelineDetail }) {
  const layout = useLayout(detail);
  const critical = useTimeline(detail.id, PATH_MS).data?.critical.jobs;
  const path = useMemo(() => critical?.map(({ job }) => job) ?? [], [critical]);
  if (layout === undefined) return <p class="waiting">Drawing the graph…</p>;
  if (layout !== 'failed') return <JobGraph detail={detail} layout={layout} path={path} />;
  return <p class="notice">The graph of these jobs could not be drawn in time.</p>;
}
