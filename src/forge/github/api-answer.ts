import type * as z from 'zod';
import { messageOf, parseJson } from '../../kit/index.ts';
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
  const text = await readText(response);
  if (text === undefined) {
    throw githubError('FORGE_GITHUB_ANSWER_INVALID', { method, url: path, reason: `more than ${LARGEST_BODY} bytes` });
  }
  const { status, headers } = response;
  const body = parseJson(text);
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

/** The address of the next page: RFC 8288, `Link: <…>; rel="next"`. */
export function nextPage(headers: Headers): string | undefined {
  return /<([^>]+)>;[^,]*\brel="next"/.exec(headers.get('link') ?? '')?.[1];
}

async function readText(response: Response): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += (chunk as Uint8Array).length;
    if (size > LARGEST_BODY) return undefined;
    chunks.push(chunk as Uint8Array);
  }
  return Buffer.concat(chunks).toString('utf8');
}
