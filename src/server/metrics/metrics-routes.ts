import { Hono } from 'hono';
import type { Coordinator } from '../../coordinator/index.ts';
import type { NotificationLedger } from '../../notify/index.ts';
import { JobMetrics } from './job-metrics.ts';
import type { MirrorMetrics } from './mirror-metrics.ts';
import { openMetrics, openMetricsType, type Metric } from './open-metrics.ts';
import { processMetrics } from './process-metrics.ts';
import type { RequestMetrics } from './request-metrics.ts';
import { stateMetrics } from './state-metrics.ts';

interface MetricsParts {
  readonly notifications: NotificationLedger;
  readonly requests: RequestMetrics;
  readonly mirrors: MirrorMetrics;
}

/** `GET /metrics` (OpenMetrics). Counters begin at 0 when the server starts. */
export function metricsRoutes(coordinator: Coordinator, { notifications, requests, mirrors }: MetricsParts): Hono {
  const { version, pipelines } = coordinator.context;
  const jobs = new JobMetrics(pipelines);
  const ofProcess = processMetrics();
  const info: Metric = {
    name: 'slipway',
    type: 'info',
    help: 'Version of the server.',
    samples: [{ labels: { version }, value: 1 }],
  };
  const app = new Hono();
  app.get('/metrics', async (c) => {
    const metrics = [
      info,
      ...stateMetrics(coordinator, notifications),
      ...jobs.metrics(),
      ...(await mirrors.metrics()),
      ...requests.metrics(),
      ...ofProcess(),
    ];
    return c.body(openMetrics(metrics), 200, { 'Content-Type': openMetricsType, 'Cache-Control': 'no-store' });
  });
  return app;
}
