import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { beginningOf, chainStart, checkChain, type ChainEnd } from '../kit/index.ts';
import { auditFiles } from './audit-files.ts';
import { auditError } from './errors.ts';
import { readAudit } from './read-audit.ts';

interface VerifiedAudit {
  readonly records: number;
  /** Number of the first record: 1 unless older files have expired. */
  readonly first: number;
  readonly head: string;
}

/**
 * Checks that each record follows from the one before, over all files. Throws AUDIT_BROKEN for the first line that does
 * not. Older files may be gone only if a record says that they expired. With `known`, throws AUDIT_HEAD_MISSING unless
 * some record has this SHA-256; without it nothing shows that records were cut off the end.
 */
export function verifyAudit(folder: string, known?: string): VerifiedAudit {
  const files = auditFiles(folder).map((path) => ({ file: basename(path), text: readFileSync(path, 'utf8') }));
  const newest = files.at(-1);
  // A line that is being written, or that a crash cut off, is no record yet.
  if (newest !== undefined) newest.text = newest.text.slice(0, newest.text.lastIndexOf('\n') + 1);
  const [first] = files;
  const start = beginningOf(first?.text.split('\n', 1)[0]);
  if (first !== undefined && start.head !== chainStart.head && !isExpired(folder, start.head))
    throw auditError('AUDIT_BROKEN', { file: first.file, line: 1, reason: 'the records before it are gone' });
  let end: ChainEnd = start;
  let hasHead = false;
  for (const { file, text } of files) {
    const check = checkChain(text, end, known);
    if (check.fault !== undefined) throw auditError('AUDIT_BROKEN', { file, ...check.fault });
    end = check.end;
    hasHead ||= check.hasHead;
  }
  if (known !== undefined && !hasHead) throw auditError('AUDIT_HEAD_MISSING', { folder, head: known });
  return { records: end.sequence - start.sequence, first: start.sequence + 1, head: end.head };
}

function isExpired(folder: string, head: string): boolean {
  for (const { details } of readAudit(folder, { action: 'audit.expire' })) if (details?.['head'] === head) return true;
  return false;
}
