import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Secret } from '../../kit/index.ts';

const ACCESS_KEY = /^SLWJ(\d{1,15})$/;

/**
 * Derives every credential that a job or runner gets from the server's secret and the id it is for, so that none is
 * stored. Each is valid only while the store says that the job runs.
 */
export type Tokens = ReturnType<typeof createTokens>;

export function createTokens(secret: Secret) {
  const derive = (purpose: string, length: number): string =>
    createHmac('sha256', secret.reveal())
      .update(purpose)
      .digest('base64url')
      .replaceAll('-', 'x')
      .replaceAll('_', 'y')
      .slice(0, length);
  return {
    jobToken: (job: string) => `glcbt-${derive(`job:${job}`, 32)}`,
    runnerToken: (runner: string) => `glrt-${derive(`runner:${runner}`, 32)}`,
    accessKey: (job: string) => ({
      accessKeyId: `SLWJ${job.padStart(12, '0')}`,
      secretAccessKey: derive(`s3:${job}`, 40),
    }),
    /** Returns the job that an access key id was made for. */
    jobOfAccessKey: (accessKeyId: string) => {
      const match = ACCESS_KEY.exec(accessKeyId);
      return match === null ? undefined : String(Number(match[1]));
    },
  };
}

/** Compares in a time that does not depend on how much is equal. */
export function isSameToken(token: string, expected: string): boolean {
  const [a, b] = [Buffer.from(token), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
