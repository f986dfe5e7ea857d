import type { Principal } from '../../access/index.ts';

/** Who sent a request, as the audit log names them. */
export function auditName({ kind, name, actor, job }: Principal): string {
  if (job !== undefined) return `job:${job.id}`;
  if (kind === 'local') return kind;
  if (actor !== undefined || kind === 'session') return `account:${actor ?? name}`;
  return name.replace(/^token /, 'token:');
}
