import * as z from 'zod';
import { Time } from './formats.ts';

export const AuditRecord = z
  .object({
    sequence: z.number().int().describe('Counted from 1 over all files of the log.'),
    time: Time.describe('When it happened.'),
    who: z
      .string()
      .describe(
        '`account:jane`, `job:12`, `runner:embedded`, `webhook:lab`, `user:root` of a command, `server`, or ' +
          '`anonymous`.',
      ),
    from: z
      .string()
      .optional()
      .describe('Address at the other end of the connection; `command line` for commands; absent within the server.'),
    action: z.string().describe('`job.retry`, `pipeline.trigger`, `mirror.push`, `server.start`, …'),
    stack: z.string().optional().describe('Name of the stack that it is about.'),
    on: z.string().optional().describe('What it was done to: `job 12`, a key of the mirror, an image.'),
    outcome: z
      .enum(['done', 'refused', 'failed'])
      .describe('`refused`: it was not allowed; `failed`: it was, and could not be done.'),
    reason: z.string().optional().describe('Why it was refused or failed.'),
    details: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
      .optional()
      .describe('Further facts by their names.'),
  })
  .meta({ id: 'AuditRecord', description: 'One line of the audit log, without the hash of the line before.' });
export type AuditRecord = z.infer<typeof AuditRecord>;

export const AuditPage = z
  .object({
    records: z.array(AuditRecord).describe('Records of the page.'),
    next: z.number().int().optional().describe('`before` of the next page; absent on the last one.'),
  })
  .meta({
    id: 'AuditPage',
    description: 'Records, the newest first. With a filter a page may have few or none, although there is a next one.',
  });
export type AuditPage = z.infer<typeof AuditPage>;
