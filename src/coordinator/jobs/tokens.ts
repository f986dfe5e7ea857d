import { createHmac } from 'node:crypto';
import { isSameToken, type Secret } from '../../kit/index.ts';

const ACCESS_KEY = /^SLWJ(\d{1,15})$/;
const IDENTITY_KEY = /^SLWX(\d{1,15})T(\d{10,11})N[0-9A-F]{16}$/;
const PIPELINE_TOKEN = /^slwp-(SLWX[0-9A-Z]+)-([0-9A-Za-z]{40})$/;
const TOKEN_ACCESS_KEY = /^SLWT(\d{1,15})$/;

/**
 * Derives every credential that a job or runner gets from the server's secret and the id it is for, so that none is
 * stored. Each is valid only while the store says that the job runs, or that the access token counts.
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
  const secretsOf = (accessKeyId: string) => ({
    secretAccessKey: derive(`s3:${accessKeyId}`, 40),
    pipelineToken: `slwp-${accessKeyId}-${derive(`pipeline:${accessKeyId}`, 40)}`,
  });
  return {
    jobToken: (job: string) => `glcbt-${derive(`job:${job}`, 32)}`,
    runnerToken: (runner: string) => `glrt-${derive(`runner:${runner}`, 32)}`,
    accessKey: (job: string) => ({
      accessKeyId: `SLWJ${job.padStart(12, '0')}`,
      secretAccessKey: derive(`s3:${job}`, 40),
    }),
    /** The credentials that an ID token was exchanged for; they name their own end, in milliseconds since 1970. */
    identityKey: (job: string, { expiresAt, token }: { readonly expiresAt: number; readonly token: string }) => {
      const nonce = token.slice(0, 16).toUpperCase();
      const accessKeyId = `SLWX${job}T${Math.floor(expiresAt / 1000)}N${nonce}`;
      return { accessKeyId, ...secretsOf(accessKeyId) };
    },
    /** Returns the job and the end of such credentials, by their access key id. */
    readIdentityKey: (accessKeyId: string) => {
      const [, job, seconds] = IDENTITY_KEY.exec(accessKeyId) ?? [];
      if (job === undefined) return undefined;
      return { job, expiresAt: Number(seconds) * 1000, ...secretsOf(accessKeyId) };
    },
    /** Returns the access key id that a pipeline's token was made for; undefined for a wrong token. */
    keyOfPipelineToken: (token: string) => {
      const [, accessKeyId = ''] = PIPELINE_TOKEN.exec(token) ?? [];
      return isSameToken(token, secretsOf(accessKeyId).pipelineToken) ? accessKeyId : undefined;
    },
    /** Returns the job that an access key id was made for. */
    jobOfAccessKey: (accessKeyId: string) => {
      const match = ACCESS_KEY.exec(accessKeyId);
      return match === null ? undefined : String(Number(match[1]));
    },
    /** S3 signs with a secret that both sides know, and of an access token only the digest is kept: hence a key beside it. */
    tokenAccessKey: (token: string) => ({
      accessKeyId: `SLWT${token.padStart(12, '0')}`,
      secretAccessKey: derive(`s3-token:${token}`, 40),
    }),
    tokenOfAccessKey: (accessKeyId: string) => {
      const match = TOKEN_ACCESS_KEY.exec(accessKeyId);
      return match === null ? undefined : String(Number(match[1]));
    },
  };
}
