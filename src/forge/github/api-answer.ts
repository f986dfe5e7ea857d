import type * as z from 'zod';
import { messageOf, parseJson, readLimited } from '../../kit/index.ts';
import { githubError } from './errors.ts';

/** An answer of the API, read to its end. */
export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** Undefined where there is no JSON. */
  readonly body: unknown;
  /** GitHub's `message`, the reason of a refusal; at most 200 characters. */
  readonly message: string;
}

/** A page of a hundred pull requests has some 3 MB. */
const LARGEST_BODY = 30_000_000;

export async function readAnswer(
  response: Response,
  { method, path }: { method: string; path: string },
): Promise<ApiAnswer> {
  const reason = `more than ${LARGEST_BODY} bytes`;
  const tooLarge = () => githubError('FORGE_GITHUB_ANSWER_INVALID', { method, url: path, reason });
  const bytes = await readLimited((response.body ?? []) as AsyncIterable<Uint8Array>, LARGEST_BODY, tooLarge);
  const { status, headers } = response;
  const body = parseJson(bytes.toString('utf8'));
  const message = (body as { message?: unknown } | undefined)?.message;
  return {
    status,
    headers,
    body,
    message: (typeof message === 'string' ? message : response.statusText).slice(0, 200),
  };
}

/** Returns the body if it matches the schema. */
export function checkAnswer<T>(answer: ApiAnswer, schema: z.ZodType<T>, url: string): T {
  const result = schema.safeParse(answer.body);
  if (result.success) return result.data;
  const reason = messageOf(result.error);
  throw githubError('FORGE_GITHUB_ANSWER_INVALID', { method: 'GET', url, reason });
}

/** Throws FORGE_GITHUB_NOT_FOUND for an answer with status 404. */
export function requireFound({ status }: ApiAnswer, method: string, url: string): void {
  if (status === 404) throw githubError('FORGE_GITHUB_NOT_FOUND', { method, url });
}

/** The address of the next page: RFC 8288, `Link: <…>; rel="next"`. */
export function nextPage(headers: Headers): string | undefined {
  return /<([^>]+)>;[^,]*\brel="next"/.exec(headers.get('link') ?? '')?.[1];
}
