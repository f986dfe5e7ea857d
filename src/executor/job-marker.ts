import { randomBytes } from 'node:crypto';

const HALF = 16;

/** Returns the beginning of the markers of all jobs of one runner; a job's processes have it in their environment. */
export function newMarker(): string {
  return randomBytes(HALF / 2).toString('hex');
}

/** Returns the marker of one job. No job's marker begins with another's. */
export function jobMarker(runner: string, job: number): string {
  return runner + job.toString(16).padStart(HALF, '0');
}
