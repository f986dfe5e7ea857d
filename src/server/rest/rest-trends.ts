import { Hono } from 'hono';
import type { CoordinatorContext, FailureCount, JobCount, PipelineCount } from '../../coordinator/index.ts';
import { groupBy } from '../../kit/index.ts';
import { FailureClass, type FailedJobs, type TrendDay, type TrendFigures, type Trends } from '../../protocol/index.ts';
import { mayRead, principalOf, requireStack } from '../access/principal-of.ts';
import { countOf } from './query-count.ts';
import { trendFigures } from './trend-figures.ts';

const DAY_MS = 24 * 3600 * 1000;

/** `GET /api/v1/trends`: what ended on each of the last days, of the stacks that the sender may read. */
export function trendRoutes(context: CoordinatorContext): Hono {
  const app = new Hono();
  app.get('/trends', (c) => {
    const { stack } = c.req.query();
    if (stack !== undefined) requireStack(c, context, stack);
    const days = Math.max(1, countOf(c, 'days', { standard: 30, most: 90 }));
    const reader = principalOf(c);
    const stacks = [...context.stacks.keys()].filter(
      (name) => (stack === undefined || name === stack) && mayRead(context, reader, name),
    );
    return c.json(trendsOf(context, stacks, days));
  });
  return app;
}

function trendsOf({ trends, clock }: CoordinatorContext, stacks: readonly string[], days: number): Trends {
  const now = clock.now();
  const dayAt = (ago: number) => new Date(now - ago * DAY_MS).toISOString().slice(0, 10);
  const recent = { stacks, since: dayAt(days - 1), until: dayAt(-1) };
  const before = { stacks, since: dayAt(2 * days - 1), until: recent.since };
  const [jobs, pipelines] = [trends.jobs(recent, 'day'), trends.pipelines(recent, 'day')];
  const failures = trends.failures(recent);
  const figuresOfDay = figuresBy(jobs, pipelines);
  const figuresOfStack = figuresBy(trends.jobs(recent, 'stack'), trends.pipelines(recent, 'stack'));
  return {
    days: Array.from({ length: days }, (_, index): TrendDay => {
      const day = dayAt(days - 1 - index);
      return { day, ...figuresOfDay(day), failures: failedJobs(failures.filter((one) => one.day === day)) };
    }),
    total: trendFigures(jobs, pipelines),
    previous: trendFigures(trends.jobs(before, 'stack'), trends.pipelines(before, 'stack')),
    failures: failedJobs(failures),
    stacks: stacks.map((name) => ({ name, ...figuresOfStack(name) })),
  };
}

function figuresBy(jobs: readonly JobCount[], pipelines: readonly PipelineCount[]): (of: string) => TrendFigures {
  const [jobsOf, pipelinesOf] = [groupBy(jobs, (one) => one.of), groupBy(pipelines, (one) => one.of)];
  return (of) => trendFigures(jobsOf.get(of) ?? [], pipelinesOf.get(of) ?? []);
}

/** Sums failures by class, the most frequent first. */
function failedJobs(counts: readonly FailureCount[]): FailedJobs[] {
  const sums = new Map<string, number>();
  for (const { class: kind, jobs } of counts) sums.set(kind, (sums.get(kind) ?? 0) + jobs);
  return [...sums]
    .flatMap(([kind, jobs]) => {
      const known = FailureClass.safeParse(kind).data;
      return known === undefined ? [] : [{ class: known, jobs }];
    })
    .toSorted((a, b) => b.jobs - a.jobs);
}
