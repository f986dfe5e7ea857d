import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { commentContract } from '../../../test/support/comment-contract.ts';
import { peopleContract } from '../../../test/support/people-contract.ts';
import { contractRemote, forgeContract } from '../../../test/support/forge-contract.ts';
import { gitlabStandIn, type GitlabStandIn } from '../../../test/support/gitlab.ts';
import { silentLogger } from '../../../test/support/silent-logger.ts';
import { Secret } from '../../kit/index.ts';
import type { CommitStatus } from '../commit-status.ts';
import type { RefName } from '../refs.ts';
import { gitlabForge, type GitlabForgeOptions } from './gitlab-forge.ts';

function forgeFor(gitlab: GitlabStandIn, options: Partial<GitlabForgeOptions> = {}) {
  return gitlabForge({
    url: 'http://gitlab.test',
    project: gitlab.full,
    remote: gitlab.remote.path,
    repository: join(gitlab.remote.folder, 'copy.git'),
    defaultBranch: 'main',
    isProtected: () => false,
    token: new Secret(gitlab.token),
    log: silentLogger,
    fetch: async (url, request) => gitlab.app.request(url, request),
    wait: async () => {},
    ...options,
  });
}

forgeContract('gitlab', async () => {
  const gitlab = await gitlabStandIn();
  return contractRemote(gitlab, forgeFor(gitlab));
});

const NOTHING: ReadonlyMap<RefName, string> = new Map();
let gitlab: GitlabStandIn;
beforeEach(async () => {
  gitlab = await gitlabStandIn();
  await gitlab.push('main', { 'spack.yaml': 'spack: {}\n' });
});
afterEach(async () => {
  const { violations } = gitlab.api;
  await gitlab.dispose();
  expect(violations).toEqual([]);
});

describe('a merge train', () => {
  const status = { context: 'slipway', state: 'pending', description: '' } as const;

  test('is a queue: its commits have the requests before them, and a fork’s counts for those after it', async () => {
    const forge = forgeFor(gitlab);
    for (const branch of ['ours', 'theirs']) {
      await gitlab.push(branch, { [branch]: '1' }, 'main');
      await gitlab.openPull({ branch, isFork: branch === 'theirs' });
    }
    const { refs } = await forge.poll(NOTHING);
    const shas = [await gitlab.addToTrain(1), await gitlab.addToTrain(2)];
    const queued = await forgeFor(gitlab).poll(refs);
    expect(queued.events).toMatchObject([
      { type: 'merge-queued', group: { number: '1', sha: shas[0], requests: ['1'], fork: false } },
      { type: 'merge-queued', group: { number: '2', sha: shas[1], requests: ['1', '2'], fork: true } },
    ]);
    gitlab.api.train = [];
    expect((await forgeFor(gitlab).poll(queued.refs)).events).toMatchObject([
      { type: 'merge-dequeued', number: '1', merged: false },
      { type: 'merge-dequeued', number: '2', merged: false },
    ]);
  });

  test('gets the statuses of its commits, on the ref of its pipeline', async () => {
    await gitlab.push('ours', { ours: '1' }, 'main');
    await gitlab.openPull({ branch: 'ours' });
    const sha = await gitlab.addToTrain(1);
    const forge = forgeFor(gitlab);
    await forge.poll(NOTHING);
    await forge.post({ ...status, sha });
    const path = `/api/v4/projects/${encodeURIComponent(gitlab.full)}/repository/commits/${sha}/statuses`;
    const shown = await gitlab.app.request(path, { headers: { 'private-token': gitlab.token } });
    expect(await shown.json()).toMatchObject([{ name: 'slipway', ref: 'refs/merge-requests/1/train' }]);
  });

  test('is asked for once where GitLab has no trains', async () => {
    const forge = forgeFor(gitlab);
    const { refs } = await forge.poll(NOTHING);
    await forge.poll(refs);
    expect(gitlab.api.requests.filter(({ line }) => line.includes('/merge_trains'))).toHaveLength(1);
  });
});

describe('a project on GitLab', () => {
  test('reports title, author, target branch, draft and labels', async () => {
    await gitlab.push('fix', { a: '1' }, 'main');
    await gitlab.openPull({ branch: 'fix', title: 'Fix a', author: 'grace', draft: true, labels: ['ci::run', 'a b'] });
    const { events, refs } = await forgeFor(gitlab).poll(NOTHING);
    expect(events[1]).toEqual({
      type: 'pull-request-updated',
      pullRequest: {
        number: '1',
        title: 'Draft: Fix a',
        author: 'grace',
        headSha: gitlab.api.pulls.get(1)?.head,
        baseBranch: 'main',
        baseSha: refs.get('refs/heads/main'),
        fork: false,
        draft: true,
        labels: ['ci::run', 'a b'],
      },
    });
  });

  test('a branch without a merge request belongs to none, and one of a fork is an outsider’s', async () => {
    await gitlab.push('idea', { a: '1' }, 'main');
    await gitlab.push('theirs', { b: '1' }, 'main');
    await gitlab.openPull({ branch: 'theirs', isFork: true, author: 'mallory' });
    const { events } = await forgeFor(gitlab).poll(NOTHING);
    expect(events).toMatchObject([
      { type: 'branch-pushed' },
      { pullRequest: { number: '1', fork: true, author: 'mallory' } },
    ]);
  });

  test('a change of a label, of the draft mark or of the target branch is reported, and nothing else is', async () => {
    await gitlab.push('release', { r: '1' }, 'main');
    await gitlab.push('fix', { a: '1' }, 'main');
    const pull = await gitlab.openPull({ branch: 'fix', draft: true });
    const forge = forgeFor(gitlab);
    let { refs } = await forge.poll(NOTHING);
    for (const change of [{ draft: false }, { labels: ['urgent'] }, { labels: [] }, { base: 'release' }]) {
      expect((await forge.poll(refs)).events).toEqual([]);
      Object.assign(pull, change);
      const seen = await forge.poll(refs);
      expect(seen.events).toMatchObject([{ type: 'pull-request-updated' }]);
      ({ refs } = seen);
    }
  });

  test('more than a page of merge requests is read to the end', async () => {
    const head = await gitlab.push('fix', { a: '1' }, 'main');
    const shared = { title: '', author: 'ada', branch: 'fix', base: 'main', isFork: false, draft: false } as const;
    for (let number = 1; number <= 101; number += 1)
      gitlab.api.pulls.set(number, { ...shared, number, state: 'open', merged: false, head });
    const refspecs = [...gitlab.api.pulls.keys()].map((number) => `${head}:refs/merge-requests/${number}/head`);
    await gitlab.remote.git('push', '--quiet', 'origin', ...refspecs);
    const forge = forgeFor(gitlab);
    const { events, refs } = await forge.poll(NOTHING);
    expect(events).toHaveLength(102);
    expect((await forge.poll(refs)).events).toEqual([]);
    const lists = gitlab.api.requests.filter(({ line }) => !line.includes('/merge_trains'));
    expect(lists.map(({ status }) => status)).toEqual([200, 200, 304, 304]);
  });

  test('one that is being merged, and one that slipped out of the list, is not closed', async () => {
    await gitlab.push('fix', { a: '1' }, 'main');
    await gitlab.openPull({ branch: 'fix' });
    const forge = forgeFor(gitlab);
    const { refs } = await forge.poll(NOTHING);
    const hidden = forgeFor(gitlab, {
      fetch: async (url, request) =>
        url.includes('/merge_requests?') ? Response.json([]) : gitlab.app.request(url, request),
    });
    expect(await hidden.poll(refs)).toEqual({ events: [], refs });
  });

  test('a head that git does not have yet is left to the next poll', async () => {
    const forge = forgeFor(gitlab);
    const shown = await gitlab.push('fix', { a: '1' }, 'main');
    const pull = await gitlab.openPull({ branch: 'fix' });
    const first = await forge.poll(NOTHING);
    pull.head = 'f'.repeat(40);
    expect(await forge.poll(first.refs)).toEqual({ events: [], refs: first.refs });
    pull.head = shown;
    expect((await forge.poll(first.refs)).events).toEqual([]);
  });

  test('who pushed a branch or a tag is looked up in GitLab’s own record', async () => {
    const forge = forgeFor(gitlab);
    gitlab.as = 'grace';
    const sha = await gitlab.push('main', { b: '1' });
    gitlab.as = 'bob';
    await gitlab.tag('v1');
    const object = (await gitlab.api.tip('tags/v1')) ?? '';
    expect(await forge.pusher?.('refs/heads/main', sha)).toBe('grace');
    expect(await forge.pusher?.('refs/tags/v1', object)).toBe('bob');
    expect(await forge.pusher?.('refs/heads/v1', object)).toBeUndefined();
    expect(await forge.pusher?.('refs/heads/other', sha)).toBeUndefined();
  });

  test('a job of its own CI is one of a merge request by its ref', () => {
    const { requestOfJob } = forgeFor(gitlab);
    expect(requestOfJob?.({ project: gitlab.full, ref: 'refs/merge-requests/7/head' })).toBe('7');
    expect(requestOfJob?.({ project: 'other/stack', ref: 'refs/merge-requests/7/head' })).toBeUndefined();
    expect(requestOfJob?.({ project: gitlab.full, ref: 'refs/heads/main' })).toBeUndefined();
  });

  test.each(['stack', '../stack', 'group/..', 'group/stack?x', 'group//stack', 'group/stack.git'])(
    '`%s` is refused as a project',
    (project) => {
      const code = 'FORGE_GITLAB_PROJECT_INVALID';
      expect(() => forgeFor(gitlab, { project })).toThrow(expect.objectContaining({ code }));
    },
  );
});

describe('commit statuses on GitLab', () => {
  const report = (sha: string, more: Partial<CommitStatus> = {}): CommitStatus => ({
    sha,
    context: 'slipway',
    state: 'pending',
    description: '0 of 2 jobs done',
    url: 'https://ci.example.org/1',
    ...more,
  });
  const states = (sha: string) => gitlab.statuses(sha).map(({ state, description }) => `${state}: ${description}`);
  const posts = () => gitlab.api.requests.filter(({ line }) => line.startsWith('POST '));

  test('progress is pending, then running until the end, since GitLab keeps the text of a running one', async () => {
    const sha = await gitlab.push('main', { a: '1' });
    const { post } = forgeFor(gitlab);
    for (const done of [0, 1, 2]) await post(report(sha, { description: `${done} of 3 jobs done` }));
    await post(report(sha, { state: 'success', description: 'All 3 jobs succeeded' }));
    await post(report(sha, { state: 'success', description: 'All 3 jobs succeeded' }));
    expect(states(sha)).toEqual([
      'pending: 0 of 3 jobs done',
      'running: 1 of 3 jobs done',
      'success: All 3 jobs succeeded',
    ]);
    expect(posts().map(({ status }) => status)).toEqual([201, 201, 201]);
  });

  test('what a server posted before it restarted is read, and a run after the end begins again', async () => {
    const sha = await gitlab.push('main', { a: '1' });
    await forgeFor(gitlab).post(report(sha));
    await forgeFor(gitlab).post(report(sha));
    await forgeFor(gitlab).post(report(sha, { state: 'failure', description: 'zlib failed' }));
    await forgeFor(gitlab).post(report(sha));
    expect(states(sha)).toEqual(['pending: 0 of 2 jobs done', 'failed: zlib failed', 'pending: 0 of 2 jobs done']);
  });

  test('a lost answer, 502, 409 and a rate limit only delay', async () => {
    const sha = await gitlab.push('main', { a: '1' });
    gitlab.fail({ on: /^POST /, status: 502, isDone: true });
    await forgeFor(gitlab).post(report(sha));
    const { post } = forgeFor(gitlab);
    gitlab.fail({ on: /^POST /, status: 409 });
    gitlab.fail({ on: /^POST /, status: 429, headers: { 'Retry-After': '1' } });
    await post(report(sha, { state: 'success', description: 'Done' }));
    expect(states(sha)).toEqual(['pending: 0 of 2 jobs done', 'success: Done']);
    expect(gitlab.api.faults.map(({ times }) => times)).toEqual([0, 0, 0]);
  });

  test('a limit that ends later is an error that names its end', async () => {
    const sha = await gitlab.push('main', { a: '1' });
    const reset = Math.floor(Date.now() / 1000) + 600;
    const headers = { 'RateLimit-Remaining': '0', 'RateLimit-Reset': String(reset) };
    gitlab.fail({ on: /^GET /, status: 429, headers });
    const { post } = forgeFor(gitlab);
    await expect(post(report(sha))).rejects.toMatchObject({ code: 'FORGE_GITLAB_RATE_LIMITED' });
    expect(states(sha)).toEqual([]);
  });

  test('another server of ours that was faster is no fault', async () => {
    const sha = await gitlab.push('main', { a: '1' });
    const [one, other] = [forgeFor(gitlab), forgeFor(gitlab)];
    await one.post(report(sha));
    await other.post(report(sha));
    await one.post(report(sha, { description: '1 of 2 jobs done' }));
    await other.post(report(sha, { description: '1 of 2 jobs done' }));
    expect(states(sha)).toEqual(['pending: 0 of 2 jobs done', 'running: 1 of 2 jobs done']);
  });

  test('a pipeline that may have no more jobs is a final refusal, with GitLab’s words', async () => {
    const sha = await gitlab.push('main', { a: '1' });
    gitlab.api.mostJobs = 0;
    const refused = { code: 'FORGE_STATUS_REFUSED', message: expect.stringContaining('exceeded the limit') };
    await expect(forgeFor(gitlab).post(report(sha))).rejects.toMatchObject(refused);
  });

  test('the head of a fork has its status on the ref that the project keeps for it', async () => {
    await gitlab.push('theirs', { b: '1' }, 'main');
    const { head } = await gitlab.openPull({ branch: 'theirs', isFork: true });
    await forgeFor(gitlab).post(report(head));
    expect(states(head)).toEqual(['pending: 0 of 2 jobs done']);
  });

  test('text and address that are too long are cut and left out', async () => {
    const sha = await gitlab.push('main', { a: '1' });
    await forgeFor(gitlab).post(report(sha, { description: 'x'.repeat(200), url: `https://a/${'x'.repeat(300)}` }));
    expect(gitlab.statuses(sha)).toMatchObject([{ description: `${'x'.repeat(139)}…`, target_url: null }]);
  });
});

commentContract('GitLab', {
  open: gitlabStandIn,
  forgeFor,
  create: /^POST .*\/notes$/,
  update: /^PUT .*\/notes\/\d+$/,
});

test('a line of a note that begins with a slash stays a line, and is no quick action of the token’s account', async () => {
  await gitlab.push('fix', { a: '1' }, 'main');
  await gitlab.openPull({ branch: 'fix' });
  gitlab.fail({ on: /^POST .*\/notes$/, status: 502, isDone: true });
  const text = '/close\nThe log ends with:\r\n/merge now\n\r/approve\n\n';
  await forgeFor(gitlab).comment?.({ request: '1', marker: 'slipway', text });
  expect(gitlab.comment(1)).toBe('<!-- slipway -->\n /close\nThe log ends with:\n /merge now\n /approve');
});

peopleContract('GitLab', {
  open: gitlabStandIn,
  forgeFor,
  permission: /^GET \/users/,
  comments: /^GET .*\/events/,
});
