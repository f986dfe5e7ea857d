import * as z from 'zod';
import { nextPage, type ApiAnswer } from './api-answer.ts';
import type { ApiClient } from './api-client.ts';

/**
 * Reads a list page by page, again and again: a page that has not changed since the last time is not sent again, where
 * the API gives entity tags.
 */
export function pagedList<T>(api: ApiClient, first: string, item: z.ZodType<T>): () => Promise<readonly T[]> {
  return pagedLists(api, first, z.array(item));
}

/** The same for pages that are not lists themselves: the schema reads the list of one. */
export function pagedLists<T>(
  api: ApiClient,
  first: string,
  page: z.ZodType<readonly T[]>,
): () => Promise<readonly T[]> {
  let known = new Map<string, ApiAnswer>();
  return async () => {
    const seen = new Map<string, ApiAnswer>();
    const found: T[] = [];
    for (let path: string | undefined = first; path !== undefined && !seen.has(path);) {
      const before = known.get(path);
      const request = { method: 'GET', path, etag: before?.headers.get('etag') ?? undefined } as const;
      const sent = await api.send(request);
      const answer = sent.status === 304 && before !== undefined ? before : sent;
      seen.set(path, answer);
      found.push(...api.check(answer, page, request));
      path = nextPage(answer.headers);
    }
    known = seen;
    return found;
  };
}
