import type { Problem } from '../../src/protocol/index.ts';

/** An error that the server answered. */
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
  return answerOf<T>(await fetch(`/api/v1${path}`, { signal, headers: { accept: 'application/json' } }));
}

/** A job or pipeline after an action; `id` is that of the job's newest attempt. */
export interface ActionAnswer {
  readonly pipeline: string;
  readonly id?: string;
  readonly status: string;
}

export function postAction(path: string, body: unknown = {}): Promise<ActionAnswer> {
  return postJson<ActionAnswer>(`/api/v1${path}`, body);
}

export function postJson<T>(address: string, body: unknown): Promise<T> {
  return sendJson('POST', address, body);
}

export function putJson<T>(address: string, body: unknown): Promise<T> {
  return sendJson('PUT', address, body);
}

/** The header shows the server that the request comes from its own page: other sites cannot set it. */
async function sendJson<T>(method: 'POST' | 'PUT', address: string, body: unknown): Promise<T> {
  const headers = { accept: 'application/json', 'content-type': 'application/json', 'x-slipway-page': '1' };
  return answerOf<T>(await fetch(address, { method, headers, body: JSON.stringify(body) }));
}

async function answerOf<T>(response: Response): Promise<T> {
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
    throw new Error(`The bytes ${start} to ${end} of the log cannot be loaded: status ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}
