/**
 * The audit log: an append-only, hash-chained record of what was done or refused, by whom, when and from where. It
 * writes, reads and checks the files below `audit/` of a data folder. It decides nothing about what is allowed, and it
 * is not the log of what a notary signed, which the notary keeps itself.
 */
export type { AuditEntry } from './audit-entry.ts';
export { AuditLog } from './audit-log.ts';
export { auditError } from './errors.ts';
export { csvHeader, csvLine } from './csv.ts';
export { followAudit } from './follow-audit.ts';
export { readMoment } from './read-moment.ts';
export { readAudit, readAuditPage, type AuditFilter } from './read-audit.ts';
export { verifyAudit } from './verify-audit.ts';
