import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { StandInComment, StandInPull } from './stand-in-api.ts';

type Json = Record<string, unknown>;

const file = createRequire(import.meta.url).resolve('@octokit/webhooks-examples');
const examples = JSON.parse(readFileSync(file, 'utf8')) as readonly { name: string; examples: readonly Json[] }[];

export const repositoryId = 186853002;
/** Repositories that the examples are of; those of merge queues are of the second. */
const examplesOf = ['Codertocat/Hello-World', 'octo-org/octo-repo'];

/** A real payload of GitHub's, with our repository's name put in. */
export function examplePayload(name: string, full: string, choose: (payload: Json) => boolean = () => true): Json {
  const found = examples
    .find((one) => one.name === name)
    ?.examples.find((payload) => isOfExample(payload) && choose(payload));
  if (found === undefined) throw new Error(`there is no such example of ${name}`);
  const [owner = '', repository = ''] = full.split('/');
  const text = JSON.stringify(found)
    .replaceAll(new RegExp(examplesOf.join('|'), 'g'), full)
    .replaceAll('"name":"Hello-World"', `"name":"${repository}"`);
  return JSON.parse(text.replaceAll('Codertocat', owner)) as Json;
}

export function pullPayload(
  pull: StandInPull,
  action: string,
  { full, baseSha }: { full: string; baseSha: string },
): Json {
  const known = ['opened', 'synchronize', 'closed', 'reopened'].includes(action) ? action : 'opened';
  const payload = examplePayload('pull_request', full, (one) => one.action === known);
  return { ...payload, action, number: pull.number, pull_request: pullBody(pull, { full, baseSha }) };
}

/** A pull request as the API shows it: the example's, with what differs put in. */
export function pullBody(pull: StandInPull, { full, baseSha }: { full: string; baseSha: string }): Json {
  const example = examplePayload('pull_request', full, (one) => one.action === 'opened').pull_request as Json;
  const { head, base, user } = example as { head: Json; base: Json; user: Json };
  const { number, title, state, merged, draft, author, branch } = pull;
  const address = (text: unknown): string => String(text).replace(/\/2(?=\/|$)/, `/${number}`);
  const ended = state === 'closed' ? '2024-05-15T15:30:00Z' : null;
  return {
    ...example,
    ...Object.fromEntries(
      Object.entries(example).flatMap(([key, value]) => (key.endsWith('url') ? [[key, address(value)]] : [])),
    ),
    number,
    title,
    state,
    draft,
    merged,
    auto_merge: null,
    merge_commit_sha: pull.mergeSha ?? null,
    closed_at: ended,
    merged_at: merged ? ended : null,
    author_association: pull.isFork ? 'FIRST_TIME_CONTRIBUTOR' : 'MEMBER',
    user: { ...user, login: author },
    head: {
      ...head,
      ref: branch,
      sha: pull.head,
      label: `${author}:${branch}`,
      repo: pull.isFork ? forkOf(head.repo as Json, author) : head.repo,
    },
    base: { ...base, ref: pull.base, sha: baseSha },
  };
}

export function pushPayload(
  full: string,
  { ref, before, after, sender }: { ref: string; before: string; after: string; sender: string },
): Json {
  const zero = '0'.repeat(40);
  const isTag = ref.startsWith('refs/tags/');
  const payload = examplePayload('push', full, (one) => String(one.ref).startsWith('refs/tags/') === isTag);
  const commit = payload.head_commit as Json | null;
  return {
    ...payload,
    ref,
    before: before || zero,
    after,
    created: before === '',
    sender: { ...(payload.sender as Json), login: sender },
    head_commit: commit && { ...commit, id: after },
  };
}

/** A group of a merge queue, in GitHub's words. */
export interface StandInGroup {
  readonly head_sha: string;
  readonly head_ref: string;
  readonly base_sha: string;
  readonly base_ref: string;
}

/** GitHub reports that checks are wanted of a group, and that its branch is gone. */
export function mergeGroupPayload(
  full: string,
  { reason, ...group }: StandInGroup & { reason?: string | undefined },
): Json {
  const example = examplePayload('merge_group', full);
  const head_commit = { ...((example.merge_group as Json).head_commit as Json), id: group.head_sha };
  const what = reason === undefined ? { action: 'checks_requested' } : { action: 'destroyed', reason };
  return { ...example, ...what, merge_group: { ...group, head_commit } };
}

export function createPayload(full: string, tag: string): Json {
  return { ...examplePayload('create', full), ref: tag, ref_type: 'tag' };
}

function isOfExample(payload: Json): boolean {
  return examplesOf.includes(String((payload.repository as Json | undefined)?.full_name));
}

function forkOf(repository: Json, author: string): Json {
  const id = repositoryId + 1;
  return {
    ...repository,
    id,
    fork: true,
    full_name: `${author}/${String(repository.name)}`,
    owner: { ...(repository.owner as Json), login: author },
  };
}

export function commentPayload(full: string, { id, request, author, body }: StandInComment): Json {
  const payload = examplePayload('issue_comment', full);
  return {
    ...payload,
    action: 'created',
    issue: { ...(payload.issue as Json), number: request },
    comment: { ...(payload.comment as Json), id, body },
    sender: { ...(payload.sender as Json), login: author },
  };
}
