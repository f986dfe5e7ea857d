import { readFile } from 'node:fs/promises';
import { Retryable, isRetryableStatus, messageOf, retry, retryAfter } from '../../kit/index.ts';
import { mirrorError } from '../errors.ts';
import { readIssued } from './issued-credentials.ts';
import type { S3Credentials } from './s3-options.ts';

type Variables = Readonly<Record<string, string | undefined>>;

/** Addresses of a machine itself and of AWS's agents beside it, to which a token may go without TLS. */
const NEAR = /^(?:localhost|127(?:\.\d+){3}|\[::1\]|169\.254\.170\.(?:2|23)|\[fd00:ec2::23\])$/;
const INSTANCE = 'http://169.254.169.254';
const LONGEST_MS = 30_000;

/**
 * The credentials of the role that a task of ECS or a pod of EKS has, from the endpoint that AWS puts into its
 * environment (`AWS_CONTAINER_CREDENTIALS_…`); undefined where there is none. Throws MIRROR_CREDENTIALS_UNAVAILABLE.
 */
export async function containerCredentials(environment: Variables): Promise<S3Credentials | undefined> {
  const relative = environment['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI'];
  const full = environment['AWS_CONTAINER_CREDENTIALS_FULL_URI'];
  if (!relative && !full) return undefined;
  const url = relative ? `http://169.254.170.2${relative}` : (full as string);
  return describing(url, async () => {
    const { protocol, hostname } = new URL(url);
    if (protocol !== 'https:' && !NEAR.test(hostname))
      throw new Error('without TLS only this machine and AWS’s own addresses are allowed');
    const file = environment['AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE'];
    const token = file ? await readFile(file, 'utf8') : environment['AWS_CONTAINER_AUTHORIZATION_TOKEN'];
    const headers: Record<string, string> = token ? { authorization: token.trim() } : {};
    return readIssued(await request(url, { headers }));
  });
}

/**
 * The credentials of the role of a machine of EC2 (the second version of its metadata service); undefined where no such
 * service answers, or the machine has no role. Throws MIRROR_CREDENTIALS_UNAVAILABLE.
 */
export async function instanceCredentials(environment: Variables): Promise<S3Credentials | undefined> {
  if (environment['AWS_EC2_METADATA_DISABLED']?.toLowerCase() === 'true') return undefined;
  const url = (environment['AWS_EC2_METADATA_SERVICE_ENDPOINT'] || INSTANCE).replace(/\/+$/, '');
  const session = await openSession(url, Number(environment['AWS_METADATA_SERVICE_TIMEOUT'] || 1));
  if (session === undefined) return undefined;
  const roles = `${url}/latest/meta-data/iam/security-credentials/`;
  const headers = { 'x-aws-ec2-metadata-token': session };
  return describing(roles, async () => {
    const [role = ''] = (await request(roles, { headers, absent: '' })).trim().split('\n');
    return role === '' ? undefined : readIssued(await request(roles + role, { headers }));
  });
}

/**
 * Outside of EC2 nothing listens at that address: without an answer at once (AWS's own tools wait a second) there is no
 * service.
 */
async function openSession(url: string, seconds: number): Promise<string | undefined> {
  const headers = { 'x-aws-ec2-metadata-token-ttl-seconds': '21600' };
  const init = { method: 'PUT', headers, signal: AbortSignal.timeout(seconds * 1000) };
  const answer = await fetch(`${url}/latest/api/token`, init).catch(() => undefined);
  const text = await answer?.text().catch(() => '');
  return answer?.ok === true && text !== '' ? text : undefined;
}

interface RequestOptions {
  readonly headers: Readonly<Record<string, string>>;
  /** What a 404 means; without, it is a failure. */
  readonly absent?: string;
}

function request(url: string, { headers, absent }: RequestOptions): Promise<string> {
  return retry(
    async () => {
      const answer = await fetch(url, { headers, signal: AbortSignal.timeout(LONGEST_MS) }).catch((error: unknown) => {
        throw new Retryable(new Error(messageOf(error)));
      });
      const text = await answer.text();
      if (answer.ok) return text;
      if (answer.status === 404 && absent !== undefined) return absent;
      const failure = new Error(`HTTP status ${answer.status}`);
      throw isRetryableStatus(answer.status) ? new Retryable(failure, retryAfter(answer.headers)) : failure;
    },
    { attempts: 3 },
  );
}

async function describing<T>(source: string, task: () => Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (error) {
    throw mirrorError('MIRROR_CREDENTIALS_UNAVAILABLE', { source, reason: messageOf(error) }, { cause: error });
  }
}
