import * as z from 'zod';

/** One line of the audit log, without the hash of the line before. */
export const AuditRecord = z.object({
  /** Counted from 1 over all files of the log. */
  sequence: z.number().int(),
  time: z.string(),
  /** `account:jane`, `job:12`, `runner:embedded`, `webhook:lab`, `user:root` of a command, `server`, or `anonymous`. */
  who: z.string(),
  /** Address at the other end of the connection; `command line` for commands; absent within the server. */
  from: z.string().optional(),
  /** `job.retry`, `pipeline.trigger`, `mirror.push`, `server.start`, … */
  action: z.string(),
  stack: z.string().optional(),
  /** What it was done to: `job 12`, a key of the mirror, an image. */
  on: z.string().optional(),
  /** `refused`: it was not allowed; `failed`: it was, and could not be done. */
  outcome: z.enum(['done', 'refused', 'failed']),
  reason: z.string().optional(),
  details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
});
export type AuditRecord = z.infer<typeof AuditRecord>;

/** Records, the newest first. */
export const AuditPage = z.object({
  records: z.array(AuditRecord),
  /** `before` of the next page; absent on the last one. */
  next: z.number().int().optional(),
});
export type AuditPage = z.infer<typeof AuditPage>;
