import * as z from 'zod';

/** What a stack, author or pull request has used of a limit. */
export const QuotaView = z.object({
  kind: z.enum(['stack', 'author', 'request']),
  /** Account, or number of the pull request; of a stack its own name. */
  name: z.string(),
  limit: z.enum(['jobs', 'cpuHours', 'pipelines', 'bytes']),
  used: z.number(),
  /** 0 for no limit. */
  most: z.number(),
});
export type QuotaView = z.infer<typeof QuotaView>;

/** A person stopped a stack, an author or a pull request. */
export const BlockView = z.object({
  kind: z.enum(['stack', 'author', 'request']),
  name: z.string(),
  reason: z.string(),
  by: z.string(),
  /** Absent for what the configuration blocks. */
  since: z.string().optional(),
});
export type BlockView = z.infer<typeof BlockView>;

/** The quotas of a stack: of itself, and of each author and pull request that used something lately. */
export const QuotaList = z.object({ quotas: z.array(QuotaView), blocks: z.array(BlockView) });
export type QuotaList = z.infer<typeof QuotaList>;
