import * as z from 'zod';
import { BoundedMap, hasCode } from '../../kit/index.ts';
import { doneAnswer } from '../api/api-answer.ts';
import type { ApiClient } from '../api/api-client.ts';
import { pagedLists } from '../api/pages.ts';
import { statusText } from '../api/status-text.ts';
import type { CommitStatus } from '../commit-status.ts';
import type { StatusPosting } from '../forge.ts';

/** What we read of a status; ids grow. */
const Posted = z.object({
  id: z.number(),
  state: z.string(),
  context: z.string(),
  description: z.string().nullable(),
  target_url: z.string().nullable(),
});
type Posted = z.infer<typeof Posted>;
/** "Get the combined status for a specific reference": the newest status of each context. */
const Newest = z.object({ statuses: z.array(Posted) }).transform(({ statuses }) => statuses);

/** What is known of a commit and context. */
interface Known {
  /** Id of the newest status that was seen; 0: none. */
  readonly id: number;
  /** That status, as the text of its request; undefined if there may be a newer one. */
  readonly text?: string;
  /** What GitHub may have received since, though it did not answer. */
  readonly unanswered?: string;
}

const REMEMBERED = 2000;

/**
 * Sets commit statuses, each once. GitHub adds a status for every request and takes a thousand for a commit and
 * context, so the last one is remembered; where that is not known (after a start, or after a request whose answer
 * was lost) it is read first. Lists lag behind: what they show does not count if it may be older than what was sent.
 * Calls for one commit must not overlap.
 */
export function commitStatuses(api: ApiClient, repository: string): StatusPosting {
  const all = new BoundedMap<string, Known>(REMEMBERED);
  const known = (key: string): Known => all.get(key) ?? { id: 0 };
  const newest = async (sha: string): Promise<ReadonlyMap<string, Posted>> => {
    const list = pagedLists(api, `/repos/${repository}/commits/${sha}/status?per_page=100`, Newest);
    return new Map((await list()).map((one) => [one.context, one]));
  };

  async function post(status: CommitStatus): Promise<void> {
    const body = bodyOf(status);
    const [key, wanted] = [keyOf(status), JSON.stringify(body)];
    const { id: seen, text, unanswered = wanted } = known(key);
    if (text === wanted) return;
    const find = async (): Promise<Posted | undefined> => {
      const found = (await newest(status.sha)).get(status.context);
      return found !== undefined && found.id > seen && textOf(found) === wanted ? found : undefined;
    };
    const mayBeThere = text === undefined && unanswered === wanted;
    const found = mayBeThere ? await find() : undefined;
    if (found !== undefined) return void all.set(key, { id: found.id, text: wanted });
    all.set(key, { id: seen, unanswered: wanted });
    const request = { method: 'POST', path: `/repos/${repository}/statuses/${status.sha}` } as const;
    const alreadyDone = async () => {
      const done = await find();
      return done && { ...doneAnswer, body: done };
    };
    const answer = await api.send({ ...request, body, alreadyDone });
    all.set(key, { id: api.check(answer, Posted.pick({ id: true }), request).id, text: wanted });
  }

  async function notShown(statuses: readonly CommitStatus[]): Promise<readonly CommitStatus[]> {
    const [{ sha } = { sha: '' }] = statuses;
    const shown = await newest(sha).catch((error: unknown) => {
      // GitHub does not have this commit, or does not have it any more.
      if (hasCode(error, 'FORGE_STATUS_REFUSED')) return undefined;
      throw error;
    });
    return shown === undefined ? [] : statuses.filter((status) => !isShown(status, shown.get(status.context)));
  }

  function isShown(status: CommitStatus, found: Posted | undefined): boolean {
    const key = keyOf(status);
    const before = known(key);
    // The list lacks what was posted last.
    if ((found?.id ?? 0) < before.id) return true;
    if (found === undefined) return false;
    all.set(key, before.unanswered === undefined ? { id: found.id, text: textOf(found) } : { ...before, id: found.id });
    const { state, description } = bodyOf(status);
    return found.state === state && (state === 'pending' || found.description === description);
  }

  return { post, notShown };
}

function keyOf({ sha, context }: CommitStatus): string {
  return `${sha} ${context}`;
}

function bodyOf({ state, context, description, url }: CommitStatus) {
  return { state, context, description: statusText(description), target_url: url ?? null };
}

/** A status as the text of the request that sets it. */
function textOf({ state, context, description, target_url }: Posted): string {
  return JSON.stringify({ state, context, description: description ?? '', target_url });
}
