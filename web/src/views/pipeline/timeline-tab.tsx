import type { PipelineChange, PipelineDetail } from '../../../../src/protocol/index.ts';
import { formatDuration } from '../../format.ts';
import { Empty, Waiting } from '../../parts/page-parts.tsx';
import { useChoice } from '../../query-state.ts';
import { useResource } from '../../resource.ts';
import { TimelineChart } from '../../timeline/timeline-chart.tsx';
import { TimelineTable } from '../../timeline/timeline-table.tsx';
import { useTimeline } from '../../timeline/use-timeline.ts';
import '../../style/graph.css';
import '../../style/timeline.css';

/** Milliseconds after an event until the timeline is read again. */
const RELOAD_MS = 3000;

/** When the jobs of a pipeline and of its children waited and ran, and what keeps its end from being earlier. */
export function TimelineTab({ detail }: { detail: PipelineDetail }) {
  const { data, failure } = useTimeline(detail.id, RELOAD_MS);
  const [form, setForm] = useChoice('form', { choices: ['chart', 'table'] as const, standard: 'chart' });
  if (data === undefined) return <Waiting failure={failure} />;
  if (data.lanes.length === 0) return <Empty>No job has started yet. The timeline begins with the first one.</Empty>;
  const other = form === 'chart' ? 'table' : 'chart';
  return (
    <div class="timeline">
      <ul class="timeline-facts">
        <Reused id={detail.id} />
        {data.facts.map((fact) => (
          <li key={fact}>{fact}</li>
        ))}
      </ul>
      {form === 'chart' ? <TimelineChart timeline={data} /> : <TimelineTable timeline={data} />}
      <button type="button" class="link" onClick={() => setForm(other)}>
        Show as {other}
      </button>
    </div>
  );
}

/** The packages that were taken from the mirror, and what that saved. */
function Reused({ id }: { id: string }) {
  const change = useResource<PipelineChange>(`/pipelines/${id}/change`, (known, { type }) =>
    type === 'pipeline' ? 'reload' : known,
  ).data;
  if (change === undefined || change.counts.reused === 0) return null;
  const { counts, saved } = change;
  const time = saved === undefined ? '' : `, which took ${formatDuration(saved * 1000)} to build before`;
  return (
    <li>
      {counts.reused.toLocaleString()} of {counts.total.toLocaleString()} packages were reused{time}.
    </li>
  );
}
