import { rootOf, type CoordinatorContext } from '../../coordinator/index.ts';
import { ImageView, viewOf, type ServerEvent, type StatusView } from '../../protocol/index.ts';
import type { FeedEntry } from '../../store/index.ts';
import { publicationOf } from './rest-images.ts';
import { jobView, pipelineView, requestView } from './views.ts';

export interface EventFilter {
  readonly stack?: string;
  /** The topmost pipeline of a family. */
  readonly pipeline?: string;
  /** The job whose log is followed. */
  readonly job?: string;
  /** Whether events of a stack may be sent. */
  isReadable(stack: string): boolean;
}

/** Returns the topmost pipeline above one; the same id if there is no such pipeline. */
export function familyRoot(context: CoordinatorContext, pipeline: string): string {
  return context.pipelines.record(pipeline) === undefined ? pipeline : rootOf(context, pipeline).id;
}

interface Change {
  readonly event: ServerEvent;
  readonly stack: string;
  /** Absent for an event that belongs to no pipeline. */
  readonly pipeline?: string;
}

/** Returns the present state of a changed subject; undefined if it is filtered out, or does not exist any more. */
export function eventOf(
  context: CoordinatorContext,
  entry: FeedEntry,
  { stack, pipeline, isReadable }: EventFilter,
): ServerEvent | undefined {
  const change = changeOf(context, entry);
  if (change === undefined || !isReadable(change.stack)) return undefined;
  if (stack !== undefined && change.stack !== stack) return undefined;
  if (pipeline === undefined) return change.event;
  const isFamily = change.pipeline !== undefined && familyRoot(context, change.pipeline) === pipeline;
  return isFamily ? change.event : undefined;
}

function changeOf(context: CoordinatorContext, { kind, subject, detail }: FeedEntry): Change | undefined {
  const { pipelines, ledger } = context;
  switch (kind) {
    case 'pipeline': {
      const record = pipelines.record(subject);
      if (record === undefined) return undefined;
      return { event: { type: kind, pipeline: pipelineView(context, record) }, stack: record.stack, pipeline: subject };
    }
    case 'job': {
      const run = pipelines.run(subject);
      const stack = run && pipelines.record(run.pipeline)?.stack;
      if (run === undefined || stack === undefined) return undefined;
      return { event: { type: kind, stack, job: jobView(context, run) }, stack, pipeline: run.pipeline };
    }
    case 'status': {
      const known = Object.entries(JSON.parse(detail ?? '{}') as object).filter(([, value]) => value !== null);
      const status = Object.fromEntries(known) as StatusView;
      return { event: { type: kind, status }, stack: status.stack };
    }
    case 'image': {
      const publication = publicationOf(context, subject);
      return publication && { event: { type: kind, image: viewOf(ImageView, publication) }, stack: publication.stack };
    }
    case 'request': {
      const [stack = '', number = ''] = subject.split(' ');
      const request = ledger.request(stack, number);
      return request && { event: { type: kind, request: requestView(context, request) }, stack };
    }
  }
}
