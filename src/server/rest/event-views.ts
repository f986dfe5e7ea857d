import { rootOf } from '../../coordinator/index.ts';
import type { Journey } from '../../coordinator/index.ts';
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
export function familyRoot(journey: Journey, pipeline: string): string {
  return journey.context.pipelines.record(pipeline) === undefined ? pipeline : rootOf(journey.context, pipeline).id;
}

/** What a changed subject is now; undefined if the reader did not ask for it, or it is gone. */
export function eventOf(journey: Journey, entry: FeedEntry, filter: EventFilter): ServerEvent | undefined {
  switch (entry.kind) {
    case 'pipeline':
      return pipelineEvent(journey, entry.subject, filter);
    case 'job':
      return jobEvent(journey, entry.subject, filter);
    case 'status':
      return filter.pipeline === undefined ? statusEvent(entry, filter) : undefined;
    case 'image':
      return filter.pipeline === undefined ? imageEvent(journey, entry, filter) : undefined;
    case 'request':
      return filter.pipeline === undefined ? requestEvent(journey, entry.subject, filter) : undefined;
  }
}

function pipelineEvent(journey: Journey, id: string, filter: EventFilter): ServerEvent | undefined {
  const record = journey.context.pipelines.record(id);
  if (record === undefined || isOtherStack(filter, record.stack) || isOtherFamily(journey, filter, id))
    return undefined;
  return { type: 'pipeline', pipeline: pipelineView(record) };
}

function jobEvent(journey: Journey, id: string, filter: EventFilter): ServerEvent | undefined {
  const run = journey.context.pipelines.run(id);
  const record = run === undefined ? undefined : journey.context.pipelines.record(run.pipeline);
  if (run === undefined || record === undefined) return undefined;
  if (isOtherStack(filter, record.stack) || isOtherFamily(journey, filter, run.pipeline)) return undefined;
  return { type: 'job', stack: record.stack, job: jobView(journey, run) };
}

function statusEvent(entry: FeedEntry, filter: EventFilter): ServerEvent | undefined {
  const known = Object.entries(JSON.parse(entry.detail ?? '{}') as object).filter(([, value]) => value !== null);
  const status = Object.fromEntries(known) as StatusView;
  return isOtherStack(filter, status.stack) ? undefined : { type: 'status', status };
}

function imageEvent(journey: Journey, entry: FeedEntry, filter: EventFilter): ServerEvent | undefined {
  if (isOtherStack(filter, entry.detail ?? '')) return undefined;
  const publication = publicationOf(journey, entry.subject);
  return publication === undefined ? undefined : { type: 'image', image: imageView(publication) };
}

function requestEvent(journey: Journey, subject: string, filter: EventFilter): ServerEvent | undefined {
  const [stack = '', number = ''] = subject.split(' ');
  if (isOtherStack(filter, stack)) return undefined;
  const request = journey.context.journey.request(stack, number);
  return request === undefined ? undefined : { type: 'request', request: requestView(journey, request) };
}

function isOtherStack(filter: EventFilter, stack: string): boolean {
  return filter.stack !== undefined && filter.stack !== stack;
}

function isOtherFamily(journey: Journey, filter: EventFilter, pipeline: string): boolean {
  return filter.pipeline !== undefined && familyRoot(journey, pipeline) !== filter.pipeline;
}
