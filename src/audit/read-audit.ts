import { readFileSync } from 'node:fs';
import { compileGlob, hasCode, parseJson } from '../kit/index.ts';
import { AuditRecord, type AuditPage } from '../protocol/index.ts';
import { auditFiles, linesBackward, monthFile } from './audit-files.ts';

/** Which records are read. `who` and `action` may have `*` for any text. */
export interface AuditFilter {
  readonly stack?: string;
  readonly who?: string;
  readonly action?: string;
  readonly outcome?: string;
  /** First moment, UTC ISO 8601. */
  readonly since?: string;
  /** First moment that is too late. */
  readonly until?: string;
}

/** Reads the records that match, the oldest first. Lines that are no records are left out: `verifyAudit` finds them. */
export function* readAudit(folder: string, filter: AuditFilter): Generator<AuditRecord> {
  const matches = matcher(filter);
  for (const path of auditFiles(folder)) {
    if (filter.since !== undefined && path.slice(-13) < monthFile(filter.since)) continue;
    for (const line of readFileSync(path, 'utf8').split('\n')) {
      const record = recordOf(line);
      if (record !== undefined && matches(record)) yield record;
    }
  }
}

/** Reads the records that match, the newest first, of those before the record with the number `before`. */
export function* readAuditBackward(folder: string, filter: AuditFilter, before = Infinity): Generator<AuditRecord> {
  const matches = matcher(filter);
  for (const path of auditFiles(folder).toReversed()) {
    for (const line of linesOf(path)) {
      const record = recordOf(line);
      if (record === undefined) continue;
      if (filter.since !== undefined && record.time < filter.since) return;
      if (record.sequence < before && matches(record)) yield record;
    }
  }
}

/** Records that are looked at for one page: a filter that matches few of them must not read the whole log at once. */
const MOST_READ = 20_000;

/** Reads a page of records, the newest first. With a filter it may have few or none, although there is a next one. */
export function readAuditPage(
  folder: string,
  filter: AuditFilter,
  { before, limit, most = MOST_READ }: { readonly before?: number; readonly limit: number; readonly most?: number },
): AuditPage {
  const matches = matcher(filter);
  const records: AuditRecord[] = [];
  let read = 0;
  let last: number | undefined;
  for (const record of readAuditBackward(folder, { since: filter.since }, before)) {
    if (read === most) return { records, next: last };
    read += 1;
    last = record.sequence;
    if (!matches(record)) continue;
    if (records.length === limit) return { records, next: records.at(-1)?.sequence };
    records.push(record);
  }
  return { records };
}

/** A file may expire while it is read. */
function* linesOf(path: string): Generator<string> {
  try {
    yield* linesBackward(path);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
}

function recordOf(line: string): AuditRecord | undefined {
  return AuditRecord.safeParse(parseJson(line)).data;
}

/** Returns whether a record matches a filter. */
export function matcher({ stack, outcome, since, until, ...patterns }: AuditFilter): (record: AuditRecord) => boolean {
  const [who, action] = [patterns.who, patterns.action].map((one) =>
    one === undefined ? () => true : compileGlob(one, 'text'),
  ) as [(text: string) => boolean, (text: string) => boolean];
  return (record) =>
    (stack === undefined || record.stack === stack) &&
    (outcome === undefined || record.outcome === outcome) &&
    (since === undefined || record.time >= since) &&
    (until === undefined || record.time < until) &&
    who(record.who) &&
    action(record.action);
}
