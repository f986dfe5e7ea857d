import { Hono, type Context } from 'hono';
import { csvHeader, csvLine, readAudit, readAuditPage, readMoment, type AuditFilter } from '../../audit/index.ts';
import type { Coordinator } from '../../coordinator/index.ts';
import { choiceOf } from './query-choice.ts';
import { countOf } from './query-count.ts';

const outcomes = ['done', 'refused', 'failed'] as const;

/** Reads the audit log: `/audit` in pages, `/audit/export` as a whole. */
export function auditRoutes(coordinator: Coordinator): Hono {
  const { audit, clock } = coordinator.context;
  const app = new Hono();
  app.get('/audit', (c) => {
    const filter = filterOf(c, clock.now());
    const before = c.req.query('before') === undefined ? undefined : countOf(c, 'before', { standard: 0 });
    const limit = countOf(c, 'limit', { standard: 100, most: 1000 });
    return c.json(readAuditPage(audit.folder, filter, { before, limit }));
  });
  app.get('/audit/export', (c) => {
    const filter = filterOf(c, clock.now());
    const format = choiceOf(c, 'format', ['jsonl', 'csv']) ?? 'jsonl';
    return new Response(exported(audit.folder, filter, format), {
      headers: {
        'Content-Type': format === 'csv' ? 'text/csv; charset=utf-8' : 'application/jsonl; charset=utf-8',
        'Content-Disposition': `attachment; filename="slipway-audit.${format}"`,
      },
    });
  });
  return app;
}

function filterOf(c: Context, now: number): AuditFilter {
  const { stack, who, action, since, until } = c.req.query();
  return {
    stack,
    who,
    action,
    outcome: choiceOf(c, 'outcome', outcomes),
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
