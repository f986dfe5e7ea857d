import type { AuditRecord } from '../protocol/index.ts';

const COLUMNS = ['sequence', 'time', 'who', 'from', 'action', 'stack', 'on', 'outcome', 'reason', 'details'] as const;

export const csvHeader = COLUMNS.join();

/** Returns a record as a line of RFC 4180. */
export function csvLine(record: AuditRecord): string {
  return COLUMNS.map((name) => {
    const value = record[name] ?? '';
    return cell(typeof value === 'object' ? JSON.stringify(value) : String(value));
  }).join();
}

/** A spreadsheet takes a cell that begins with one of these characters for a formula, and others choose the text. */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
