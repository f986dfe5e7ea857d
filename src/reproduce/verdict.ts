import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SlipwayError } from '../kit/index.ts';
import type { JobReproduction } from '../protocol/index.ts';
import { failureIn } from '../report/index.ts';
import { reproduceError } from './errors.ts';
import type { JobEnding } from './run-job.ts';

export interface Verdict {
  readonly outcome: 'reproduced' | 'failed-otherwise' | 'succeeded';
  readonly here: { readonly exitCode?: number; readonly failure?: string };
  /** With a status if it had not failed. */
  readonly there: { readonly exitCode?: number; readonly failure?: string; readonly status?: string };
}

/** Returns whether a job failed here as it had there: with the same exit status and, if both logs have one, fault. */
export async function judge(reproduction: JobReproduction, ending: JobEnding, folder: string): Promise<Verdict> {
  const { exitCode, isTimedOut } = ending;
  const log = await readFile(join(folder, 'log-here.txt'), 'utf8');
  const line = isTimedOut ? 'it took too long' : failureIn(log)?.message;
  const here = { exitCode, failure: line };
  const { job, failure } = reproduction;
  const there = { exitCode: job.exitCode, failure };
  if (exitCode === 0) return { outcome: 'succeeded', here: { exitCode }, there };
  if (job.status !== 'failed') return { outcome: 'failed-otherwise', here, there: { ...there, status: job.status } };
  const isSameStatus = job.exitCode === undefined || exitCode === job.exitCode;
  const isSameFault = failure === undefined || line === undefined || withoutDetails(failure) === withoutDetails(line);
  return { outcome: isSameStatus && isSameFault ? 'reproduced' : 'failed-otherwise', here, there };
}

/** The failure with which the command ends: its exit status is the job's. */
export function failureOf(verdict: Verdict, job: string, folder: string): SlipwayError {
  const { outcome, here, there } = verdict;
  const code = outcome === 'reproduced' ? 'REPRODUCE_SAME_FAILURE' : 'REPRODUCE_OTHER_FAILURE';
  const details = {
    job,
    folder,
    here: outcome === 'reproduced' ? (here.exitCode ?? 'none') : describe(here),
    there: describe(there),
    fact: here.failure === undefined ? '' : ` (${here.failure})`,
  };
  const exitCode = here.exitCode ?? 1;
  return new SlipwayError(code, { ...reproduceError.table[code], exitCode }, { details });
}

function describe({ exitCode, failure, status: ended }: Verdict['there']): string {
  if (ended !== undefined) return `it ended as ${ended}`;
  const status = exitCode === undefined ? 'it was ended' : `exit status ${exitCode}`;
  return failure === undefined ? status : `${status} (${failure})`;
}

/** Folders, times and numbers of runs differ where the fault is the same. */
function withoutDetails(line: string): string {
  return line.replace(/(?:\/[\w.@+-]+)+\//g, '/').replace(/\d+/g, '0');
}
