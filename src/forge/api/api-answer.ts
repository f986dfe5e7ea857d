import { parseJson, readLimited } from '../../kit/index.ts';

/** An answer of the API, read to its end. */
export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** Undefined where there is no JSON. */
  readonly body: unknown;
  /** The API's own reason of a refusal; at most 200 characters. */
  readonly message: string;
}

/** Stands for the answer of a request that was done, and whose own answer was lost. */
export const doneAnswer: ApiAnswer = { status: 200, headers: new Headers(), body: undefined, message: '' };

/** A page of a hundred pull requests has some 3 MB. */
const LARGEST_BODY = 30_000_000;

/** Reads an answer to its end; one that is too large is the error that `tooLarge` makes of the reason. */
export async function readAnswer(response: Response, tooLarge: (reason: string) => Error): Promise<ApiAnswer> {
  const fail = () => tooLarge(`more than ${LARGEST_BODY} bytes`);
  const bytes = await readLimited((response.body ?? []) as AsyncIterable<Uint8Array>, LARGEST_BODY, fail);
  const { status, headers, statusText } = response;
  const body = parseJson(bytes.toString('utf8'));
  return { status, headers, body, message: (reasonIn(body) ?? statusText).slice(0, 200) };
}

/** GitHub and GitLab give `message`, as text or, for fields that are wrong, as a map; GitLab's gateway gives `error`. */
function reasonIn(body: unknown): string | undefined {
  const { message, error } = (body ?? {}) as { message?: unknown; error?: unknown };
  const reason = message ?? error;
  return reason === undefined || typeof reason === 'string' ? reason : JSON.stringify(reason);
}

/** The address of the next page: RFC 8288, `Link: <…>; rel="next"`. */
export function nextPage(headers: Headers): string | undefined {
  return /<([^>]+)>;[^,]*\brel="next"/.exec(headers.get('link') ?? '')?.[1];
}
