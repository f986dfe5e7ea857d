import * as z from 'zod';
import { RunnerInfo } from './job-request.ts';
import { PhaseUsage } from './phase-usage.ts';

/** The reasons that runners may report; the server lists them in a job's `features`. */
export const FAILURE_REASONS = [
  'unknown_failure',
  'script_failure',
  'runner_system_failure',
  'job_execution_timeout',
  'missing_dependency_failure',
  'runner_unsupported',
  'stuck_or_timeout_failure',
  'image_pull_failure',
  'runner_configuration_error',
  'runner_external_dependency_failure',
  'runner_interrupted',
  'job_canceled',
] as const;

export const FailureReason = z.enum(FAILURE_REASONS);
export type FailureReason = z.infer<typeof FailureReason>;

/** Size and checksum of the whole log. */
export const TraceOutput = z.object({
  /** `crc32:` and eight hexadecimal digits (IEEE). */
  checksum: z.string().nullish(),
  bytesize: z.number().int().nullish(),
});
export type TraceOutput = z.infer<typeof TraceOutput>;

/** Body of `PUT /api/v4/jobs/:id`. An unknown reason counts as `unknown_failure`. */
export const JobUpdate = z.object({
  token: z.string().optional(),
  info: RunnerInfo.nullish(),
  state: z.enum(['pending', 'running', 'success', 'failed']),
  failure_reason: z.string().nullish().transform(knownReason),
  output: TraceOutput.nullish(),
  /** Left out when 0. */
  exit_code: z.number().int().nullish(),
  usage: z.array(PhaseUsage).max(10).readonly().nullish(),
});
export type JobUpdate = z.infer<typeof JobUpdate>;

function knownReason(reason: string | null | undefined): FailureReason | undefined {
  return reason ? (FailureReason.safeParse(reason).data ?? 'unknown_failure') : undefined;
}
