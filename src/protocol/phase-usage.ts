import * as z from 'zod';

const Amount = z.number().nonnegative().max(Number.MAX_SAFE_INTEGER);

/** What one phase of a job used: Slipway's own, beside GitLab's fields. */
export const PhaseUsage = z.object({
  /** `script` or `after_script` as the runner measures them; or a phase of a package's build, as `build` or `install`. */
  phase: z.string().regex(/^[\w-]{1,64}$/),
  /** From its start to its end. */
  seconds: Amount,
  cpuSeconds: Amount.optional(),
  /** Bytes of memory at its peak, without the cache of files. */
  memory: Amount.optional(),
  /** `cgroup`: counted by the kernel for a control group; `sampled`: the largest of samples of the process tree. */
  method: z.enum(['cgroup', 'sampled']).optional(),
  /** Whether it was ended because memory ran out. */
  outOfMemory: z.boolean().optional(),
  /** Bytes on disk at its end. */
  disk: Amount.optional(),
});
export type PhaseUsage = z.infer<typeof PhaseUsage>;
