import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { Hono } from 'hono';
import type { Journey } from '../coordinator/index.ts';
import { pipelineView, stackView } from './views.ts';

/** Reading what the server knows, as JSON: stacks, a pipeline with its jobs, a job's log as text. */
export function overviewRoutes(journey: Journey): Hono {
  const { stacks, pipelines, folder } = journey.context;
  const app = new Hono();
  app.get('/api/v1/stacks', (c) => c.json([...stacks.keys()].map((name) => stackView(journey, name))));
  app.get('/api/v1/stacks/:stack', (c) => {
    const view = stackView(journey, c.req.param('stack'));
    return view === undefined ? c.json({ message: 'no such stack' }, 404) : c.json(view);
  });
  app.get('/api/v1/pipelines/:id', (c) => {
    const view = pipelineView(journey, c.req.param('id'));
    return view === undefined ? c.json({ message: 'no such pipeline' }, 404) : c.json(view);
  });
  app.get('/api/v1/jobs/:id/log', async (c) => {
    const run = pipelines.run(c.req.param('id'));
    if (run === undefined) return c.json({ message: 'no such job' }, 404);
    const file = join(folder.job(run.id), 'trace.log');
    const size = (await stat(file).catch(() => undefined))?.size;
    const headers = { 'Content-Type': 'text/plain; charset=utf-8', 'X-Content-Type-Options': 'nosniff' };
    if (size === undefined) return c.body('', 200, headers);
    return c.body(Readable.toWeb(createReadStream(file)) as ReadableStream, 200, headers);
  });
  return app;
}
