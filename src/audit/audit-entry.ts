import type { AuditRecord } from '../protocol/index.ts';

/** What is recorded; number, time and hash are added. */
export type AuditEntry = Omit<AuditRecord, 'sequence' | 'time'>;
