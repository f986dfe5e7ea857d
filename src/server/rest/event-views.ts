import { rootOf, type Coordinator } from '../../coordinator/index.ts';
import type { ServerEvent, StatusView } from '../../protocol/index.ts';
import type { FeedEntry } from '../../store/index.ts';
import { publicationOf } from './rest-images.ts';
import { imageView, jobView, pipelineView, requestView } from './views.ts';

export interface EventFilter {
  readonly stack?: string;
  /** The topmost pipeline of a family. */
  readonly pipeline?: string;
  /** The job whose log is followed. */
  readonly job?: string;
}

/** The topmost pipeline above one; the same id if there is no such pipeline. */
export function familyRoot(coordinator: Coordinator, pipeline: string): string {
  return coordinator.context.pipelines.record(pipeline) === undefined
    ? pipeline
    : rootOf(coordinator.context, pipeline).id;
}

/** What a changed subject is now; undefined if the reader did not ask for it, or it is gone. */
export function eventOf(coordinator: Coordinator, entry: FeedEntry, filter: EventFilter): ServerEvent | undefined {
  switch (entry.kind) {
    case 'pipeline':
      return pipelineEvent(coordinator, entry.subject, filter);
    case 'job':
      return jobEvent(coordinator, entry.subject, filter);
    case 'status':
      return filter.pipeline === undefined ? statusEvent(entry, filter) : undefined;
    case 'image':
      return filter.pipeline === undefined ? imageEvent(coordinator, entry, filter) : undefined;
    case 'request':
      return filter.pipeline === undefined ? requestEvent(coordinator, entry.subject, filter) : undefined;
  }
}

function pipelineEvent(coordinator: Coordinator, id: string, filter: EventFilter): ServerEvent | undefined {
  const record = coordinator.context.pipelines.record(id);
  if (record === undefined || isOtherStack(filter, record.stack) || isOtherFamily(coordinator, filter, id))
    return undefined;
  return { type: 'pipeline', pipeline: pipelineView(record) };
}

function jobEvent(coordinator: Coordinator, id: string, filter: EventFilter): ServerEvent | undefined {
  const run = coordinator.context.pipelines.run(id);
  const record = run === undefined ? undefined : coordinator.context.pipelines.record(run.pipeline);
  if (run === undefined || record === undefined) return undefined;
  if (isOtherStack(filter, record.stack) || isOtherFamily(coordinator, filter, run.pipeline)) return undefined;
  return { type: 'job', stack: record.stack, job: jobView(coordinator, run) };
}

function statusEvent(entry: FeedEntry, filter: EventFilter): ServerEvent | undefined {
  const known = Object.entries(JSON.parse(entry.detail ?? '{}') as object).filter(([, value]) => value !== null);
  const status = Object.fromEntries(known) as StatusView;
  return isOtherStack(filter, status.stack) ? undefined : { type: 'status', status };
}

function imageEvent(coordinator: Coordinator, entry: FeedEntry, filter: EventFilter): ServerEvent | undefined {
  if (isOtherStack(filter, entry.detail ?? '')) return undefined;
  const publication = publicationOf(coordinator, entry.subject);
  return publication === undefined ? undefined : { type: 'image', image: imageView(publication) };
}

function requestEvent(coordinator: Coordinator, subject: string, filter: EventFilter): ServerEvent | undefined {
  const [stack = '', number = ''] = subject.split(' ');
  if (isOtherStack(filter, stack)) return undefined;
  const request = coordinator.context.ledger.request(stack, number);
  return request === undefined ? undefined : { type: 'request', request: requestView(coordinator, request) };
}

function isOtherStack(filter: EventFilter, stack: string): boolean {
  return filter.stack !== undefined && filter.stack !== stack;
}

function isOtherFamily(coordinator: Coordinator, filter: EventFilter, pipeline: string): boolean {
  return filter.pipeline !== undefined && familyRoot(coordinator, pipeline) !== filter.pipeline;
}
