import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Hono, type Context } from 'hono';
import type { Coordinator } from '../../coordinator/index.ts';
import { parseRange, type ByteRange } from '../byte-range.ts';
import { LogIndexes } from '../runner-api/log-indexes.ts';
import { fileBody } from '../web-body.ts';
import { found } from './problem-answer.ts';
import { countOf } from './query-count.ts';

/**
 * A log is somebody else's bytes: it is sent as plain text that no browser takes for anything else, and a browser that
 * opens it by itself runs nothing.
 */
const asText = {
  'Content-Type': 'text/plain; charset=utf-8',
  'X-Content-Type-Options': 'nosniff',
  'Content-Security-Policy': "sandbox; default-src 'none'",
  'Accept-Ranges': 'bytes',
};

export function logRoutes(coordinator: Coordinator): Hono {
  const indexes = new LogIndexes();
  const app = new Hono();
  const fileOf = (c: Context): string => {
    const id = c.req.param('id') ?? '';
    const run = found(coordinator.context.pipelines.run(id), `job ${id}`);
    return join(coordinator.context.folder.job(run.id), 'trace.log');
  };
  app.get('/jobs/:id/log', async (c) => {
    const file = fileOf(c);
    const size = (await stat(file).catch(() => undefined))?.size ?? 0;
    const range = askedRange(c, size);
    if (range === 'unsatisfiable') return c.body(null, 416, { 'Content-Range': `bytes */${size}` });
    const { start, end } = range ?? { start: 0, end: size - 1 };
    const length = Math.max(0, end - start + 1);
    const headers: Record<string, string> = { ...asText, 'Content-Length': String(length) };
    if (range !== undefined) headers['Content-Range'] = `bytes ${start}-${end}/${size}`;
    const isEmpty = length === 0 || c.req.raw.method === 'HEAD';
    const body = isEmpty ? null : fileBody(file, { start, end });
    return new Response(body, { status: range === undefined ? 200 : 206, headers });
  });
  app.get('/jobs/:id/log/index', async (c) => {
    const since = countOf(c, 'since', { standard: 0, most: Number.MAX_SAFE_INTEGER });
    const index = await indexes.of(fileOf(c));
    return c.json({ ...index, checkpoints: index.checkpoints.filter(([, offset]) => offset >= since) });
  });
  return app;
}

function askedRange(c: Context, size: number): ByteRange | 'unsatisfiable' | undefined {
  const header = c.req.header('range');
  if (header !== undefined) return parseRange(header, size);
  if (c.req.query('offset') === undefined && c.req.query('limit') === undefined) return undefined;
  const start = countOf(c, 'offset', { standard: 0, most: Number.MAX_SAFE_INTEGER });
  const limit = countOf(c, 'limit', { standard: size, most: size });
  // A reader who follows a log asks at its end: there is nothing yet, which is no mistake.
  if (start >= size || limit === 0) return start === size ? { start, end: start - 1 } : 'unsatisfiable';
  return { start, end: Math.min(size, start + limit) - 1 };
}
