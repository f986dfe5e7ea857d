import { FailureScan, failureLines, failureReport, type FailedRun } from '../report/index.ts';
import type { JobState } from '../pipeline/index.ts';
import type { LocalPipeline } from './local-pipeline.ts';

/** Reads the output of jobs as it comes, and explains at the end why they failed. One object for a run. */
export class LocalFailures {
  readonly #scans = new Map<string, FailureScan>();

  /** A line of a job's output. */
  add(path: string, line: string): void {
    const scan = this.#scans.get(path) ?? new FailureScan();
    this.#scans.set(path, scan);
    scan.add(line);
  }

  /** Another attempt at a job begins. */
  restart(path: string): void {
    this.#scans.delete(path);
  }

  /** Lines for a terminal; none where nothing failed. */
  lines(pipeline: LocalPipeline): readonly string[] {
    const failed = this.#failed(pipeline);
    const report = failureReport({ id: pipeline.id, status: 'failed', failed, skipped: 0, reproduce: () => '' });
    return failureLines(report);
  }

  #failed(pipeline: LocalPipeline): readonly FailedRun[] {
    return pipeline.plan.jobs.flatMap(({ name }) => {
      const child = pipeline.childOf(name);
      const job = pipeline.job(name);
      if (child !== undefined) return this.#failed(child);
      return job.status === 'failed' ? [this.#run(pipeline, job)] : [];
    });
  }

  #run(pipeline: LocalPipeline, job: JobState): FailedRun {
    const { attempt, exitCode, failureReason, message } = job;
    const name = pipeline.pathOf(job.name);
    const log = this.#scans.get(name)?.finish();
    const allowFailure = pipeline.isFailureAllowed(job);
    return { id: '', pipeline: pipeline.id, name, attempt, exitCode, failureReason, message, allowFailure, log };
  }
}
