import { Hono } from 'hono';
import { messageOf } from '../../kit/index.ts';
import type { Coordinator, CoordinatorContext } from '../../coordinator/index.ts';
import type { StackList } from '../../protocol/index.ts';
import { mayRead, principalOf, requireStack } from '../access/principal-of.ts';
import { openapi } from '../openapi/openapi.ts';
import { answerProblem } from './problem-answer.ts';
import { artifactRoutes } from './rest-artifacts.ts';
import { auditRoutes } from './rest-audit.ts';
import { comparisonRoutes } from './rest-comparison.ts';
import { imageRoutes } from './rest-images.ts';
import { jobRoutes } from './rest-jobs.ts';
import { logRoutes } from './rest-logs.ts';
import { packageRoutes } from './rest-packages.ts';
import { pipelineRoutes } from './rest-pipelines.ts';
import { queueRoutes } from './rest-queue.ts';
import { quotaListRoutes } from './rest-quotas.ts';
import { runnerListRoutes } from './rest-runners.ts';
import { requestRoutes } from './rest-requests.ts';
import { reproductionRoutes } from './rest-reproduction.ts';
import { settingRoutes } from './rest-settings.ts';
import { trendRoutes } from './rest-trends.ts';
import { stackView } from './views.ts';

/** Reads the server's records as JSON under `/api/v1`, and changes nothing. */
export function restRoutes(coordinator: Coordinator): Hono {
  const { context } = coordinator;
  const app = new Hono();
  let document: ReturnType<typeof openapi> | undefined;
  app.get('/api/v1/openapi.json', (c) => c.json((document ??= openapi(context.version))));
  app.get('/api/v1/stacks', (c) =>
    c.json({
      stacks: [...context.stacks.values()]
        .filter(({ configuration }) => mayRead(context, principalOf(c), configuration.name))
        .map((stack) => stackView(context, stack)),
    } satisfies StackList),
  );
  app.get('/api/v1/stacks/:stack', (c) => c.json(stackView(context, requireStack(c, context, c.req.param('stack')))));
  const parts = [
    quotaListRoutes,
    settingRoutes,
    runnerListRoutes,
    trendRoutes,
    packageRoutes,
    comparisonRoutes,
    pipelineRoutes,
    jobRoutes,
    logRoutes,
    artifactRoutes,
    imageRoutes,
  ];
  for (const part of parts) app.route('/api/v1', part(context));
  app.route('/api/v1', requestRoutes(coordinator));
  app.route('/api/v1', reproductionRoutes(coordinator));
  app.route('/api/v1', auditRoutes(coordinator));
  app.route('/api/v1', queueRoutes(coordinator));
  app.onError((error, c) => answerProblem(error, c, context));
  return app;
}

/**
 * Reports whether the server is ready: the store answers, and every stack is open. While it is draining it stays ready,
 * since runners report on their jobs.
 */
export function healthRoutes({ pipelines, configuration, stacks, log, drain }: CoordinatorContext): Hono {
  const app = new Hono();
  app.get('/healthz', (c) => c.text('ok\n'));
  app.get('/readyz', (c) => {
    try {
      pipelines.active();
    } catch (error) {
      log.error({ error: messageOf(error) }, 'the store does not answer');
      return c.text('the store does not answer\n', 503);
    }
    const closed = configuration.stacks.filter(({ name }) => !stacks.has(name)).length;
    if (closed > 0) return c.text(`${closed} stacks are not open yet\n`, 503);
    return c.text(drain.since === undefined ? 'ready\n' : 'draining\n');
  });
  return app;
}
