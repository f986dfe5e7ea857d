import { setTimeout as sleep } from 'node:timers/promises';
import type { AuditRecord } from '../protocol/index.ts';
import { matcher, readAuditBackward, type AuditFilter } from './read-audit.ts';

const PAUSE_MS = 500;

/** Yields records that match as they are written, after the record with this number, until the signal. */
export async function* followAudit(
  folder: string,
  filter: AuditFilter,
  { after, signal }: { readonly after: number; readonly signal: AbortSignal },
): AsyncGenerator<AuditRecord> {
  const matches = matcher(filter);
  for (let last = after; !signal.aborted;) {
    const found: AuditRecord[] = [];
    let newest = last;
    for (const record of readAuditBackward(folder, {})) {
      if (record.sequence <= last) break;
      newest = Math.max(newest, record.sequence);
      found.push(record);
    }
    last = newest;
    yield* found.toReversed().filter(matches);
    await sleep(PAUSE_MS, undefined, { signal }).catch(() => undefined);
  }
}
