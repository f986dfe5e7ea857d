import { isFinal, type PipelineRecord } from '../../pipeline/index.ts';
import type { CoordinatorContext } from '../context.ts';
import { changeOfPipeline } from '../report/pipeline-change.ts';
import { failureOfPipeline } from '../report/pipeline-failure.ts';

/** Saves what a topmost pipeline came to, for the trends. Safe to repeat. */
export async function recordEnd(context: CoordinatorContext, record: PipelineRecord): Promise<void> {
  const { id: pipeline, stack, status, createdAt, finishedAt } = record;
  if (finishedAt === undefined || !isFinal(status) || status === 'skipped') return;
  if (context.trends.isSaved({ pipeline, finishedAt })) return;
  const { counts, bytes } = await changeOfPipeline(context, pipeline);
  context.trends.save({
    pipeline,
    stack,
    finishedAt,
    status,
    seconds: Math.round((Date.parse(finishedAt) - Date.parse(createdAt)) / 1000),
    built: counts.build,
    reused: counts.reused,
    builtBytes: bytes.mirror ?? 0,
    reusedBytes: bytes.reused ?? 0,
    failures: failedByClass(context, pipeline),
  });
}

function failedByClass(context: CoordinatorContext, pipeline: string): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const { class: kind, jobs } of failureOfPipeline(context, pipeline).failures)
    counts.set(kind, (counts.get(kind) ?? 0) + jobs.length);
  return Object.fromEntries(counts);
}
