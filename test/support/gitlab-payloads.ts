import type { StandInPull } from './stand-in-api.ts';
import type { StandInPush } from './forge-stand-in.ts';

type Json = Record<string, unknown>;

/** Ids of the project, of forks of it, and of the account that the token belongs to. */
export const projectId = 15;
const forkId = 16;
export const botId = 41;
const zero = '0'.repeat(40);
const at = '2026-01-15T09:30:00.000Z';

export function userBody(username: string, id = 1): Json {
  return {
    id,
    username,
    public_email: '',
    name: username,
    state: 'active',
    locked: false,
    avatar_url: null,
    web_url: `https://gitlab.example.org/${username}`,
  };
}

/** A merge request as the API shows it. */
export function mergeRequestBody(pull: StandInPull, full: string): Json {
  const { number, title, state, merged, draft, labels, author, branch, isFork } = pull;
  const source = isFork ? forkId : projectId;
  const url = `https://gitlab.example.org/${full}/-/merge_requests/${number}`;
  const ended = state === 'closed' ? at : null;
  return {
    id: 1000 + number,
    iid: number,
    project_id: projectId,
    title: draft ? `Draft: ${title}` : title,
    description: '',
    state: merged ? 'merged' : state === 'open' ? 'opened' : 'closed',
    created_at: at,
    updated_at: at,
    merged_at: merged ? ended : null,
    closed_at: merged ? null : ended,
    source_branch: branch,
    target_branch: pull.base,
    source_project_id: source,
    target_project_id: projectId,
    author: userBody(author),
    assignees: [],
    reviewers: [],
    labels: [...(labels ?? [])],
    draft,
    sha: pull.head,
    merge_commit_sha: pull.mergeSha ?? null,
    squash_commit_sha: null,
    user_notes_count: 0,
    web_url: url,
    has_conflicts: false,
  };
}

/** The payload of a webhook for a push: GitLab has one event for branches and one for tags. */
export function gitlabPushPayload(full: string, { ref, before, after, user }: StandInPush & { user: string }): Json {
  const isTag = ref.startsWith('refs/tags/');
  return {
    object_kind: isTag ? 'tag_push' : 'push',
    event_name: isTag ? 'tag_push' : 'push',
    before: before || zero,
    after,
    ref,
    ref_protected: true,
    checkout_sha: after === zero ? null : after,
    message: null,
    user_id: 1,
    user_name: `${user} the author`,
    user_username: user,
    user_email: '',
    user_avatar: null,
    project_id: projectId,
    project: projectBody(full),
    commits: [],
    total_commits_count: 0,
  };
}

export function mergeRequestPayload(pull: StandInPull, action: string, full: string): Json {
  const body = mergeRequestBody(pull, full);
  const words: Readonly<Record<string, string>> = { opened: 'open', closed: 'close', reopened: 'reopen' };
  const { iid, title, state, source_branch, target_branch, source_project_id, target_project_id, draft } = body;
  return {
    object_kind: 'merge_request',
    event_type: 'merge_request',
    user: { id: 1, name: pull.author, username: pull.author, avatar_url: null, email: '[REDACTED]' },
    project: projectBody(full),
    object_attributes: {
      id: body.id,
      iid,
      title,
      state,
      source_branch,
      target_branch,
      source_project_id,
      target_project_id,
      draft,
      last_commit: { id: pull.head, message: '', title: '', timestamp: at, url: '', author: { name: '', email: '' } },
      action: pull.merged && action === 'closed' ? 'merge' : (words[action] ?? 'update'),
    },
    labels: [],
    changes: {},
  };
}

/** The payload of a webhook for a note on a merge request. */
export function notePayload(note: { full: string; request: number; author: string; body: string }): Json {
  return {
    object_kind: 'note',
    event_type: 'note',
    user: { id: 1, name: note.author, username: note.author, avatar_url: null, email: '[REDACTED]' },
    project_id: projectId,
    project: projectBody(note.full),
    object_attributes: { id: 1, note: note.body, noteable_type: 'MergeRequest', author_id: 1, created_at: at },
    merge_request: { iid: note.request },
  };
}

function projectBody(full: string): Json {
  const web = `https://gitlab.example.org/${full}`;
  return {
    id: projectId,
    name: full.split('/').at(-1),
    web_url: web,
    git_http_url: `${web}.git`,
    path_with_namespace: full,
    default_branch: 'main',
    visibility_level: 0,
  };
}
