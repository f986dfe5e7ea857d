import * as z from 'zod';
import {
  Retryable,
  Secret,
  certificateHint,
  isRetryableStatus,
  messageOf,
  retry,
  type Wait,
} from '../../../kit/index.ts';
import { readAnswer, type ApiAnswer } from '../../api/api-answer.ts';
import { githubError } from '../errors.ts';

/** An App that GitHub has just created. */
export interface CreatedApp {
  readonly id: number;
  /** Its page at GitHub. */
  readonly page: string;
  /** Where it is installed for repositories. */
  readonly installPage: string;
  readonly privateKey: Secret;
  /** Absent for an App without a webhook. */
  readonly webhookSecret?: Secret;
}

export interface ConversionOptions {
  readonly apiUrl: string;
  readonly fetch?: (url: string, request: RequestInit) => Promise<Response>;
  readonly wait?: Wait;
}

const Conversion = z.object({
  id: z.number().int().positive(),
  html_url: z.url({ protocol: /^https?$/ }),
  pem: z.string().min(1),
  webhook_secret: z.string().min(1).nullish(),
});

const TIMEOUT_MS = 30_000;
/** For messages: the code stands for the App's secrets. */
const SHOWN = '/app-manifests/…/conversions';

/**
 * Exchanges the code that GitHub passed on for the App's secrets ("Registering a GitHub App from a manifest"). GitHub
 * accepts a code once, and only for an hour.
 */
export async function convertManifest(code: Secret, options: ConversionOptions): Promise<CreatedApp> {
  const details = { method: 'POST', url: options.apiUrl + SHOWN };
  const { status, body, message } = await retry(() => send(code, options), {
    attempts: 4,
    baseMs: 1000,
    wait: options.wait,
  });
  if (status === 404 || status === 422) throw githubError('FORGE_GITHUB_APP_NOT_CREATED', { reason: message });
  const { data, error } = Conversion.safeParse(body);
  if (data === undefined)
    throw githubError('FORGE_GITHUB_ANSWER_INVALID', {
      ...details,
      reason: status < 300 ? messageOf(error) : `status ${status} (${message})`,
    });
  const { id, html_url: page, pem, webhook_secret: secret } = data;
  return {
    id,
    page,
    installPage: `${page}/installations/new`,
    privateKey: new Secret(pem),
    webhookSecret: typeof secret === 'string' ? new Secret(secret) : undefined,
  };
}

async function send(code: Secret, { apiUrl, fetch: request = fetch }: ConversionOptions): Promise<ApiAnswer> {
  const details = { method: 'POST', url: apiUrl + SHOWN };
  const unavailable = (reason: string, cause?: unknown) =>
    githubError('FORGE_GITHUB_UNAVAILABLE', { ...details, reason }, certificateHint(cause));
  const path = `/app-manifests/${encodeURIComponent(code.reveal())}/conversions`;
  const headers = { 'User-Agent': 'slipway', Accept: 'application/vnd.github+json' };
  const response = await request(apiUrl + path, {
    method: 'POST',
    headers,
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch((error: unknown) => {
    throw new Retryable(unavailable(messageOf((error as Error).cause ?? error), error));
  });
  if (isRetryableStatus(response.status)) throw new Retryable(unavailable(`status ${response.status}`));
  return readAnswer(response, (reason) => githubError('FORGE_GITHUB_ANSWER_INVALID', { ...details, reason }));
}
