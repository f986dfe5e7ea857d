import type { Context } from 'hono';
import type { CoordinatorContext } from '../../coordinator/index.ts';
import { groupBy } from '../../kit/index.ts';
import type { PipelineRecord } from '../../pipeline/index.ts';
import { isJobNamed, type JobPage } from '../../protocol/index.ts';
import { serverError } from '../errors.ts';
import { countOf } from './query-count.ts';
import { jobViews } from './views.ts';

const LIMITS = { standard: 1000, most: 1000 };

/** A job by its pipeline and its index in the plan. */
interface Place {
  readonly pipeline: string;
  readonly index: number;
}

interface Part {
  readonly after?: Place;
  readonly limit: number;
  /** Only jobs of this name. */
  readonly name?: string;
}

/** Returns the part of a list of jobs that the query asks for with `after`, `limit` and `name`. */
export function partOf(c: Context): Part {
  const { after, name } = c.req.query();
  return { after: after === undefined ? undefined : placeOf(after), limit: countOf(c, 'limit', LIMITS), name };
}

/**
 * Reads a page of the jobs of a pipeline's family, which has the oldest pipeline first. Pipelines that are created
 * between two pages come after the last one.
 */
export function jobPage(
  context: CoordinatorContext,
  family: readonly PipelineRecord[],
  { limit, ...part }: Part,
): JobPage {
  const most = Math.max(1, limit);
  const places: Place[] = [];
  for (const place of placesIn(context, family, part)) if (places.push(place) > most) break;
  const page = places.slice(0, most);
  const jobs = [...groupBy(page, ({ pipeline }) => pipeline)].flatMap(([pipeline, own]) =>
    jobViews(
      context,
      pipeline,
      own.map(({ index }) => index),
    ),
  );
  const last = page.at(-1);
  return { jobs, next: last && page.length < places.length ? `${last.pipeline}.${last.index}` : undefined };
}

function* placesIn(
  { pipelines }: CoordinatorContext,
  family: readonly PipelineRecord[],
  { after, name }: Omit<Part, 'limit'>,
): Generator<Place> {
  for (const { id } of family) {
    if (after !== undefined && Number(id) < Number(after.pipeline)) continue;
    const first = after?.pipeline === id ? after.index + 1 : 0;
    for (const [index, job] of pipelines.state(id).plan.jobs.entries())
      if (index >= first && (name === undefined || isJobNamed(job.name, name))) yield { pipeline: id, index };
  }
}

function placeOf(value: string): Place {
  const [, pipeline, index] = /^(\d{1,15})\.(\d{1,9})$/.exec(value) ?? [];
  if (pipeline === undefined) throw serverError('SERVER_QUERY_INVALID', { name: 'after', value: value.slice(0, 100) });
  return { pipeline, index: Number(index) };
}
