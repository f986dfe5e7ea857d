import type { PipelineDetail } from '../../../../src/protocol/index.ts';
import { allJobs } from '../../graph/graph-layout.ts';
import { JobGraphView } from '../../graph/job-graph.tsx';
import { useLayout } from '../../graph/use-layout.ts';

/** With more jobs there is no graph. */
const MOST_JOBS = 600;

/** The jobs of a pipeline and of its children as a graph. */
export function GraphTab({ detail }: { detail: PipelineDetail }) {
  const count = allJobs(detail).length;
  if (count <= MOST_JOBS) return <Graph detail={detail} />;
  return (
    <p class="notice mild">
      {count} jobs. The graph shows up to {MOST_JOBS}.
    </p>
  );
}

/** The graph once its layout is computed. */
function Graph({ detail }: { detail: PipelineDetail }) {
  const drawn = useLayout(detail);
  if (drawn === undefined) return <p class="waiting">Drawing the graph…</p>;
  if (drawn !== 'failed') return <JobGraphView detail={detail} drawn={drawn} />;
  return <p class="notice">The graph of these jobs could not be drawn in time.</p>;
}
