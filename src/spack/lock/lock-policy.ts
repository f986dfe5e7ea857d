import * as z from 'zod';
import { checkYaml, readYaml, refuseErrors } from '../../kit/index.ts';

/**
 * How a lock is made where none can be taken: all roots are concretized, or the roots of an earlier lock are kept, as
 * `spack concretize` does without `--force`.
 */
const LockMode = z.enum(['fresh', 'reuse']);
export type LockMode = z.infer<typeof LockMode>;

/** GitLab's limit of `parallel`. */
export const MOST_LOCK_JOBS = 200;

/** `lock` of `slipway.yaml`. */
export const LockPolicy = z.union([
  LockMode,
  z.strictObject({ from: LockMode.default('fresh'), jobs: z.int().min(1).max(MOST_LOCK_JOBS).default(1) }),
]);
export type LockPolicy = z.infer<typeof LockPolicy>;

interface LockSettings {
  readonly from: LockMode;
  /** How many jobs of the built-in pipeline lock the environment, each a share of its roots. */
  readonly jobs: number;
}

/** Returns the settings of either form; without a policy, the defaults. */
export function lockSettings(policy: LockPolicy = 'fresh'): LockSettings {
  return typeof policy === 'string' ? { from: policy, jobs: 1 } : policy;
}

/** The rest of `slipway.yaml` is not read here. */
const OnlyLock = z.looseObject({ lock: LockPolicy.optional() });

/** Reads the settings in the text of a `slipway.yaml`. Throws what is wrong with `lock`. */
export function readLockSettings(text: string, file: string): LockSettings {
  const { value, diagnostics } = checkYaml(readYaml(text, file), OnlyLock);
  refuseErrors(diagnostics);
  return lockSettings(value?.lock);
}
