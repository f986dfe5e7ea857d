/** The parts of an answer that explain a refusal. */
interface Refusal {
  readonly status: number;
  readonly headers: Headers;
  /** GitHub's `message`. */
  readonly message: string;
}

/** GitHub asks for a minute where a secondary limit names no time. */
const UNNAMED_MS = 60_000;

/**
 * The time (milliseconds since 1970) before which GitHub accepts no request, if the answer is a rate limit: the primary
 * one or a secondary one ("Rate limits for the REST API", "Exceeding the rate limit"). Undefined for other refusals.
 */
export function limitedUntil({ status, headers, message }: Refusal, now: number): number | undefined {
  if (status !== 403 && status !== 429) return undefined;
  const after = Number(headers.get('retry-after') ?? Number.NaN);
  if (Number.isFinite(after)) return now + Math.max(1, after) * 1000;
  const reset = Number(headers.get('x-ratelimit-reset') ?? Number.NaN);
  if (headers.get('x-ratelimit-remaining') === '0' && Number.isFinite(reset)) return Math.max(now + 1000, reset * 1000);
  if (status === 429 || /rate limit|abuse detection/i.test(message)) return now + UNNAMED_MS;
  return undefined;
}
