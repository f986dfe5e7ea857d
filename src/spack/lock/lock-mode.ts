import * as z from 'zod';

/**
 * How a lock is made where none can be taken: all roots are concretized, or the roots of an earlier lock are kept, as
 * `spack concretize` does without `--force`.
 */
export const LockMode = z.enum(['fresh', 'reuse']);
export type LockMode = z.infer<typeof LockMode>;
