import type { PipelineChange, PipelineView } from '../../../../src/protocol/index.ts';
import type { LiveMessage } from '../../live.ts';
import { useResource } from '../../resource.ts';

/** Milliseconds after an event until the line is read again. */
const LINE_MS = 5000;

/** What the change of a pipeline does, in one line; nothing until that is known. */
export function ChangeLine({ pipeline: { id } }: { pipeline: PipelineView }) {
  const reload = (change: PipelineChange, message: LiveMessage) =>
    message.type === 'pipeline' && message.pipeline.id === id ? 'reload' : change;
  const { data } = useResource<PipelineChange>(`/pipelines/${id}/change?packages=none`, reload, LINE_MS);
  if (data === undefined || data.counts.total + data.counts.build === 0) return null;
  return <span class="row-detail">{data.headline}</span>;
}
