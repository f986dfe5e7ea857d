/** The parts of an answer that explain a refusal. */
interface Refusal {
  readonly status: number;
  readonly headers: Headers;
  /** The API's own reason. */
  readonly message: string;
}

/** GitHub asks for a minute where a secondary limit names no time, and for longer each time that it is met again. */
const UNNAMED_MS = 60_000;
const LONGEST_UNNAMED_MS = 3600_000;

/**
 * The time (milliseconds since 1970) before which the forge accepts no request, if the answer is a rate limit: GitHub's
 * primary or secondary one ("Rate limits for the REST API", "Exceeding the rate limit"), or GitLab's, whose headers
 * have no `x-` ("User and IP rate limits"). Undefined for other refusals. `before` counts the limits since the last request
 * that was accepted.
 */
export function limitedUntil({ status, headers, message }: Refusal, now: number, before: number): number | undefined {
  if (status !== 403 && status !== 429) return undefined;
  const number = (name: string) => Number(headers.get(name) ?? headers.get(`x-${name}`) ?? Number.NaN);
  const after = number('retry-after');
  if (Number.isFinite(after)) return now + Math.max(1, after) * 1000;
  const reset = number('ratelimit-reset');
  if (number('ratelimit-remaining') === 0 && Number.isFinite(reset)) return Math.max(now + 1000, reset * 1000);
  if (status === 429 || /rate limit|abuse detection/i.test(message))
    return now + Math.min(LONGEST_UNNAMED_MS, UNNAMED_MS * 2 ** before);
  return undefined;
}
