import type { JobRun, PipelineRecord } from '../../pipeline/index.ts';
import type { BuildcacheName } from '../../spack/index.ts';
import type { CoordinatorContext } from '../context.ts';

export type PackageRecords = Pick<CoordinatorContext, 'promotions' | 'runners'>;

interface Acceptance {
  /** The topmost pipeline. */
  readonly root: PipelineRecord;
  readonly run: JobRun;
  readonly prefix: string;
  /** SHA-256 of the lock by which the job builds. */
  readonly lock: string;
}

/** Records what the gateway accepted from a job of a team's pull request, and who built it. */
export function recordPackage(
  { promotions, runners }: PackageRecords,
  { root, run, prefix, lock }: Acceptance,
  { id, manifest }: { readonly id: BuildcacheName; readonly manifest: string },
): void {
  const { stack, trust, request, tree, id: pipeline } = root;
  if (trust !== 'pull-request' || request === undefined) return;
  const runner = run.runner ?? '';
  const isTrusted = runners.named(runner)?.trusted === true;
  promotions.addPackage({ stack, prefix, ...id, pipeline, tree, lock, job: run.id, runner, isTrusted, manifest });
}
