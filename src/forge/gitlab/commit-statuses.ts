import * as z from 'zod';
import { BoundedMap, hasCode } from '../../kit/index.ts';
import { doneAnswer } from '../api/api-answer.ts';
import type { ApiClient } from '../api/api-client.ts';
import { statusText } from '../api/status-text.ts';
import type { CommitStatus, StatusState } from '../commit-status.ts';
import { forgeError } from '../errors.ts';
import type { StatusPosting } from '../forge.ts';

/** What we read of a status ("List commit statuses"). */
const Posted = z.object({
  id: z.number(),
  name: z.string(),
  status: z.string(),
  description: z.string().nullable(),
  target_url: z.string().nullable(),
});
type Posted = Omit<z.infer<typeof Posted>, 'id'>;

const FINAL: Readonly<Record<Exclude<StatusState, 'pending'>, string>> = {
  success: 'success',
  failure: 'failed',
  error: 'failed',
};
/** GitLab refuses longer addresses. */
const LONGEST_URL = 255;
const REMEMBERED = 2000;

interface StatusParts {
  readonly api: ApiClient;
  /** Path of the project's resources. */
  readonly resources: string;
  /** Returns the ref that the statuses of a commit belong to; undefined: GitLab finds a branch that has the commit. */
  readonly refOf: (sha: string) => Promise<string | undefined>;
}

/**
 * Sets commit statuses, each once. GitLab keeps the statuses of a commit as jobs of an external pipeline, and a job
 * that has not ended cannot be set to the state that it has ("Cannot transition status via :run from :running"). So the
 * first report on a commit is `pending`, the next one `running`, and GitLab keeps the text of that until the end. What
 * was posted last is remembered; where that is not known (after a start, or after a request whose answer was lost) it
 * is read first. Calls for one commit must not overlap.
 */
export function commitStatuses(parts: StatusParts): StatusPosting {
  const { api, resources } = parts;
  const posted = new BoundedMap<string, Posted | undefined>(REMEMBERED);
  async function post(status: CommitStatus): Promise<void> {
    const key = keyOf(status);
    const last = posted.has(key) ? posted.get(key) : await readLast(api, resources, status);
    const next = following(last, status);
    if (next === undefined) return void posted.set(key, last);
    posted.delete(key);
    const request = { method: 'POST', path: `${resources}/statuses/${status.sha}` } as const;
    const { status: state, name, description, target_url } = next;
    const ref = await parts.refOf(status.sha);
    const isThere = async () => isSame(await readLast(api, resources, status), next);
    const body = { state, name, description, target_url: target_url ?? undefined, ref };
    try {
      const answer = await api.send({
        ...request,
        body,
        alreadyDone: async () => ((await isThere()) ? doneAnswer : undefined),
      });
      // GitLab lacks the commit, or a ref that has it; a project that cannot be seen is reported otherwise.
      if (answer.status === 404 && /commit/i.test(answer.message))
        throw forgeError('FORGE_STATUS_REFUSED', { url: request.path, reason: answer.message });
      api.check(answer, z.unknown(), request);
    } catch (error) {
      // Another server of ours may have been faster.
      if (!hasCode(error, 'FORGE_STATUS_REFUSED') || !(await isThere())) throw error;
    }
    posted.set(key, next);
  }

  async function notShown(statuses: readonly CommitStatus[]): Promise<readonly CommitStatus[]> {
    const missing: CommitStatus[] = [];
    for (const status of statuses) {
      const last = await readLast(api, resources, status);
      posted.set(keyOf(status), last);
      if (!isShown(status, last)) missing.push(status);
    }
    return missing;
  }

  return { post, notShown };
}

function keyOf({ sha, context }: CommitStatus): string {
  return `${sha} ${context}`;
}

function isShown({ state, description }: CommitStatus, last: Posted | undefined): boolean {
  if (state === 'pending') return last?.status === 'pending' || last?.status === 'running';
  return last?.status === FINAL[state] && last.description === statusText(description);
}

/** Returns the status that is to be posted after the last one; undefined if GitLab has it, or takes none. */
function following(last: Posted | undefined, { state, context, description, url }: CommitStatus): Posted | undefined {
  const text = statusText(description);
  const target = url === undefined || url.length > LONGEST_URL ? null : url;
  const next = { name: context, description: text, target_url: target };
  if (state !== 'pending') {
    const final = { ...next, status: FINAL[state] };
    return isSame(last, final) ? undefined : final;
  }
  if (last?.status === 'running') return undefined;
  if (last?.status !== 'pending') return { ...next, status: 'pending' };
  return last.description === text ? undefined : { ...next, status: 'running' };
}

function isSame(one: Posted | undefined, other: Posted): boolean {
  return one?.status === other.status && one.description === other.description && one.target_url === other.target_url;
}

/** The newest status of this commit and context: GitLab lists the last one of each name. */
async function readLast(
  api: ApiClient,
  resources: string,
  { sha, context }: CommitStatus,
): Promise<Posted | undefined> {
  const path = `${resources}/repository/commits/${sha}/statuses?name=${encodeURIComponent(context)}&per_page=100`;
  const request = { method: 'GET', path } as const;
  const found = api.check(await api.send(request), z.array(Posted), request).filter(({ name }) => name === context);
  const [newest] = found.toSorted((one, other) => other.id - one.id);
  if (newest === undefined) return undefined;
  const { id: _id, ...rest } = newest;
  return { ...rest, description: rest.description ?? '' };
}
