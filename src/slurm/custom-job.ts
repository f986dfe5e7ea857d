import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { messageOf, type ProcessVariables } from '../kit/index.ts';
import { slurmError } from './errors.ts';
import { jobName } from './job-name.ts';
import type { JobVariables } from './resources.ts';

const Response = z.object({
  id: z.number().int().positive(),
  token: z.string().min(1),
  runner_info: z.object({ timeout: z.number().nonnegative().optional() }).optional(),
});

const VARIABLE = 'CUSTOM_ENV_';
/** Seconds; what gitlab-runner uses where the server sends none. */
const DEFAULT_TIMEOUT = 7200;

/** A job of gitlab-runner’s custom executor, as each stage learns of it. */
export interface CustomJob {
  readonly id: number;
  /** The same in each stage of this run of the job, and in no other. */
  readonly name: string;
  /** Seconds. */
  readonly timeout: number;
  readonly variables: JobVariables;
  /** Exit statuses by which gitlab-runner knows whose fault a failure is. */
  readonly exit: { readonly buildFailure: number; readonly systemFailure: number };
  /** Where the exit status of the job’s script goes. */
  readonly exitCodeFile: string | undefined;
}

/**
 * Reads what gitlab-runner passes to a stage. The id and the timeout come from the server’s answer, since the variables are
 * those of the job, which may have set any of them.
 */
export async function readCustomJob(env: ProcessVariables): Promise<CustomJob> {
  const file = env['JOB_RESPONSE_FILE'];
  if (file === undefined) throw slurmError('SLURM_NOT_CUSTOM_EXECUTOR', { reason: 'JOB_RESPONSE_FILE is not set' });
  const { id, token, runner_info } = await readResponse(file);
  const variables = Object.entries(env).flatMap(([name, value]) =>
    name.startsWith(VARIABLE) ? [[name.slice(VARIABLE.length), value] as const] : [],
  );
  return {
    id,
    name: jobName({ id, token }),
    timeout: runner_info?.timeout || DEFAULT_TIMEOUT,
    variables: Object.fromEntries(variables),
    exit: {
      buildFailure: Number(env['BUILD_FAILURE_EXIT_CODE'] ?? 1),
      systemFailure: Number(env['SYSTEM_FAILURE_EXIT_CODE'] ?? 2),
    },
    exitCodeFile: env['BUILD_EXIT_CODE_FILE'],
  };
}

async function readResponse(file: string): Promise<z.infer<typeof Response>> {
  try {
    return Response.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    throw slurmError('SLURM_NOT_CUSTOM_EXECUTOR', { reason: messageOf(error) }, { cause: error });
  }
}
