import { stat } from 'node:fs/promises';

/** Bytes of a job's log; 0 where there is none yet. */
export async function logSize(file: string): Promise<number> {
  return (await stat(file).catch(() => undefined))?.size ?? 0;
}
