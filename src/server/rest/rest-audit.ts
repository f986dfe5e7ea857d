import { Hono, type Context } from 'hono';
import { csvHeader, csvLine, readAudit, readAuditPage, readMoment, type AuditFilter } from '../../audit/index.ts';
import type { Coordinator } from '../../coordinator/index.ts';
import { serverError } from '../errors.ts';
import { authorized } from '../routes/authorized.ts';
import { splitAddress } from '../listen.ts';
import { countOf } from './query-count.ts';

const OUTCOMES = new Set(['done', 'refused', 'failed']);

/** Reads the audit log: `/audit` in pages, `/audit/export` as a whole. */
export function auditRoutes(coordinator: Coordinator): Hono {
  const { audit } = coordinator.context;
  const app = new Hono();
  app.get('/audit', (c) =>
    readable(c, coordinator, (filter) => {
      const before = c.req.query('before') === undefined ? undefined : countOf(c, 'before', { standard: 0 });
      const limit = countOf(c, 'limit', { standard: 100, most: 1000 });
      return c.json(readAuditPage(audit.folder, filter, { before, limit }));
    }),
  );
  app.get('/audit/export', (c) =>
    readable(c, coordinator, (filter) => {
      const format = c.req.query('format') ?? 'jsonl';
      if (format !== 'jsonl' && format !== 'csv')
        throw serverError('SERVER_QUERY_INVALID', { name: 'format', value: format });
      return new Response(exported(audit.folder, filter, format), {
        headers: {
          'Content-Type': format === 'csv' ? 'text/csv; charset=utf-8' : 'application/jsonl; charset=utf-8',
          'Content-Disposition': `attachment; filename="slipway-audit.${format}"`,
        },
      });
    }),
  );
  return app;
}

/**
 * On loopback without configuration everybody may read all of it; elsewhere whoever has a token of a stack, the records
 * of that stack.
 */
function readable(
  c: Context,
  coordinator: Coordinator,
  work: (filter: AuditFilter) => Response,
): Promise<Response> | Response {
  const filter = filterOf(c, coordinator.context.clock.now());
  if (isLocal(coordinator)) return work(filter);
  if (filter.stack === undefined) throw serverError('SERVER_QUERY_INVALID', { name: 'stack', value: '' });
  return authorized(c, { coordinator, stack: filter.stack }, () => work(filter));
}

function isLocal({ context: { configuration } }: Coordinator): boolean {
  const { host } = splitAddress(configuration.listen);
  const isLoopback = host === 'localhost' || host === '::1' || host.startsWith('127.');
  return isLoopback && configuration.baseUrl === undefined && configuration.hosts.length === 0;
}

function filterOf(c: Context, now: number): AuditFilter {
  const { stack, who, action, outcome, since, until } = c.req.query();
  if (outcome !== undefined && !OUTCOMES.has(outcome))
    throw serverError('SERVER_QUERY_INVALID', { name: 'outcome', value: outcome.slice(0, 100) });
  return {
    stack,
    who,
    action,
    outcome,
    since: since === undefined ? undefined : readMoment(since, now),
    until: until === undefined ? undefined : readMoment(until, now),
  };
}

function exported(folder: string, filter: AuditFilter, format: 'jsonl' | 'csv'): ReadableStream<Uint8Array> {
  const records = readAudit(folder, filter);
  const encoder = new TextEncoder();
  let isFirst = true;
  return new ReadableStream({
    pull: (controller) => {
      const header = isFirst && format === 'csv' ? `${csvHeader}\r\n` : '';
      isFirst = false;
      const { done, value } = records.next();
      const line = done === true ? '' : format === 'csv' ? `${csvLine(value)}\r\n` : `${JSON.stringify(value)}\n`;
      if (header + line !== '') controller.enqueue(encoder.encode(header + line));
      if (done === true) controller.close();
    },
  });
}
