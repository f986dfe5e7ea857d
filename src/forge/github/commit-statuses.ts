import * as z from 'zod';
import { BoundedMap } from '../../kit/index.ts';
import type { ApiAnswer } from '../api/api-answer.ts';
import type { ApiClient } from '../api/api-client.ts';
import { statusText } from '../api/status-text.ts';
import type { CommitStatus } from '../commit-status.ts';

const Posted = z.array(
  z.object({
    state: z.string(),
    context: z.string(),
    description: z.string().nullable(),
    target_url: z.string().nullable(),
  }),
);

const REMEMBERED = 2000;

/**
 * Sets commit statuses, each once. GitHub adds a status for every request and takes a thousand for a commit and
 * context, so the last one is remembered; where that is not known (after a start, or after a request whose answer
 * was lost) it is read first. Calls for one commit must not overlap.
 */
export function commitStatuses(api: ApiClient, repository: string): (status: CommitStatus) => Promise<void> {
  const posted = new BoundedMap<string, string>(REMEMBERED);
  return async (status) => {
    const body = bodyOf(status);
    const key = `${status.sha} ${status.context}`;
    const text = JSON.stringify(body);
    const known = posted.get(key) ?? (await readLast(api, repository, status)).text;
    if (known === text) {
      posted.set(key, text);
      return;
    }
    posted.delete(key);
    const path = `/repos/${repository}/statuses/${status.sha}`;
    const request = { method: 'POST', path } as const;
    const answer = await api.send({
      ...request,
      body,
      alreadyDone: async () => {
        const last = await readLast(api, repository, status);
        return last.text === text ? last.answer : undefined;
      },
    });
    api.check(answer, z.unknown(), request);
    posted.set(key, text);
  };
}

function bodyOf({ state, context, description, url }: CommitStatus) {
  return { state, context, description: statusText(description), target_url: url ?? null };
}

/** The newest status of this commit and context, as the text of its request; they come newest first. */
async function readLast(
  api: ApiClient,
  repository: string,
  { sha, context }: CommitStatus,
): Promise<{ answer: ApiAnswer; text?: string }> {
  const path = `/repos/${repository}/commits/${sha}/statuses?per_page=100`;
  const request = { method: 'GET', path } as const;
  const answer = await api.send(request);
  const found = api.check(answer, Posted, request).find((one) => one.context === context);
  if (found === undefined) return { answer };
  const { state, description, target_url } = found;
  return { answer, text: JSON.stringify({ state, context, description: description ?? '', target_url }) };
}
