import type { Problem } from '../../src/protocol/index.ts';

/** What the server answered instead of what was asked for. */
export class ApiFailure extends Error {
  readonly status: number;
  readonly problem: Problem;

  constructor(status: number, problem: Problem) {
    super(problem.message);
    this.status = status;
    this.problem = problem;
  }
}

export async function getJson<T>(path: string, signal?: AbortSignal): Promise<T> {
  const response = await fetch(`/api/v1${path}`, { signal, headers: { accept: 'application/json' } });
  if (response.ok) return (await response.json()) as T;
  const problem = (await response
    .json()
    .catch(() => ({ code: '', message: `The server answered ${response.status}` }))) as Problem;
  throw new ApiFailure(response.status, problem);
}

/** Bytes of a job's log, `end` included. */
export async function getLogBytes(job: string, start: number, end: number): Promise<Uint8Array> {
  const response = await fetch(`/api/v1/jobs/${job}/log`, { headers: { range: `bytes=${start}-${end}` } });
  if (response.status !== 206)
    throw new Error(`the log’s bytes ${start}–${end} are not to be had (${response.status})`);
  return new Uint8Array(await response.arrayBuffer());
}
