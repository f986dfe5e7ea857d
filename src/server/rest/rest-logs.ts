import { Hono, type Context } from 'hono';
import PQueue from 'p-queue';
import type { CoordinatorContext } from '../../coordinator/index.ts';
import { parseRange, partOf } from '../byte-range.ts';
import { LogIndexes } from '../runner-api/log-indexes.ts';
import { logSize } from '../runner-api/log-size.ts';
import { fileBody } from '../web-body.ts';
import { logMatcher } from './log-matcher.ts';
import { found } from './problem-answer.ts';
import { countOf } from './query-count.ts';
import { searchLog } from './search-log.ts';

/** A log is untrusted: no browser may guess another type than plain text, or run anything in it. */
const asText = {
  'Content-Type': 'text/plain; charset=utf-8',
  'X-Content-Type-Options': 'nosniff',
  'Content-Security-Policy': "sandbox; default-src 'none'",
  'Accept-Ranges': 'bytes',
};

/** Searches that run at once, so that many of them do not keep other requests waiting. */
const SEARCHES = 2;

export function logRoutes({ pipelines, folder, clock }: CoordinatorContext): Hono {
  const indexes = new LogIndexes();
  const searches = new PQueue({ concurrency: SEARCHES });
  const app = new Hono();
  const fileOf = (c: Context) => {
    const id = c.req.param('id') ?? '';
    const run = found(pipelines.run(id), `job ${id}`);
    return folder.log(run.id);
  };
  app.get('/jobs/:id/log', async (c) => {
    const file = fileOf(c);
    const size = await logSize(file);
    const range = parseRange(c.req.header('range'), size);
    if (range === 'unsatisfiable') return c.body(null, 416, { 'Content-Range': `bytes */${size}` });
    const { status, start, end, headers } = partOf(range, size);
    const isEmpty = end < start || c.req.raw.method === 'HEAD';
    const body = isEmpty ? null : fileBody(file, { start, end });
    return new Response(body, { status, headers: { ...asText, ...headers } });
  });
  app.get('/jobs/:id/log/index', async (c) => {
    const since = countOf(c, 'since', { standard: 0 });
    const index = await indexes.of(fileOf(c));
    return c.json({ ...index, checkpoints: index.checkpoints.filter(([, offset]) => offset >= since) });
  });
  app.get('/jobs/:id/log/search', async (c) => {
    const file = fileOf(c);
    const { q = '', regex, case: letters } = c.req.query();
    const matches = logMatcher({ text: q, isRegex: regex === 'true', isCaseSensitive: letters === 'true' });
    const after = countOf(c, 'after', { standard: 0 });
    const limit = Math.max(1, countOf(c, 'limit', { standard: 1000, most: 10_000 }));
    const { signal } = c.req.raw;
    const search = async () => searchLog(file, await indexes.of(file), { matches, after, limit, clock, signal });
    return c.json(await searches.add(search, { signal }));
  });
  return app;
}
