import { setTimeout as sleep } from 'node:timers/promises';
import type { JobDetail } from '../protocol/index.ts';
import { refusal, requestJson, sendRequest, type ServerAccess } from './request.ts';

const INTERVAL_MS = 500;
const PIECE_BYTES = 1024 * 1024;
const FINAL = new Set(['success', 'failed', 'canceled', 'skipped']);

/** Yields the log of a job, piece by piece; with `follow`, until the job has ended. */
export async function* readJobLog(server: ServerAccess, job: string, follow: boolean): AsyncGenerator<Uint8Array> {
  const { signal } = server;
  let offset = 0;
  for (;;) {
    // The state is read before the log, so that the log is complete once the state is final.
    const { job: now } = await requestJson<JobDetail>(server, `/api/v1/jobs/${job}`);
    for (;;) {
      const bytes = await readPiece(server, `/api/v1/jobs/${job}/log`, offset);
      if (bytes.length === 0) break;
      offset += bytes.length;
      yield bytes;
    }
    if (!follow || FINAL.has(now.status)) return;
    await sleep(INTERVAL_MS, undefined, { signal });
  }
}

async function readPiece(server: ServerAccess, path: string, offset: number): Promise<Uint8Array> {
  const headers = { range: `bytes=${offset}-${offset + PIECE_BYTES - 1}` };
  const response = await sendRequest(server, path, { headers });
  // Nothing follows yet, or a runner that sends its log again has made it shorter for a while.
  if (response.status === 416) return new Uint8Array();
  if (!response.ok) throw await refusal(response);
  const bytes = new Uint8Array(await response.arrayBuffer());
  // What is between us and the server may ignore the range (RFC 9110, 14.2).
  return response.status === 206 ? bytes : bytes.subarray(offset);
}
