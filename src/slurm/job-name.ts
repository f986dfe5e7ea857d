import { sha256 } from '../kit/index.ts';

/** Returns the name of a job on Slurm: the same for each script of this run of the job, and of no other. */
export function jobName({ id, token }: { readonly id: number; readonly token: string }): string {
  return `slipway-${id}-${sha256(token).slice(0, 12)}`;
}
