import type { MirrorSource } from '../../generate/index.ts';
import type { Mirror } from '../../spack/index.ts';
import type { CommandContext } from '../command.ts';
import { mirrorsOf } from '../job-environment.ts';
import type { JobEnvironment } from '../job-environment.ts';
import { readableMirrors } from '../stack-mirrors.ts';

export interface PlanMirrorsRequest {
  readonly job: JobEnvironment;
  /** The mirrors of the stack. */
  readonly stack: readonly Mirror[];
  readonly env: CommandContext['env'];
  readonly warn: (message: string) => void;
}

/** What a plan is compared with: the mirror that was named or that the server gives its jobs, else those of the stack. */
export async function planMirrors({ job, stack, env, warn }: PlanMirrorsRequest): Promise<readonly MirrorSource[]> {
  const given = mirrorsOf(job);
  if (given.length > 0) return given;
  return readableMirrors(stack, { env, warn, ...(job.verifier && { verifier: job.verifier }) });
}
