import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { commentContract } from '../../../test/support/comment-contract.ts';
import { peopleContract } from '../../../test/support/people-contract.ts';
import { githubStandIn, type GithubStandIn } from '../../../test/support/github.ts';
import { Secret } from '../../kit/index.ts';
import { silentLogger } from '../../../test/support/silent-logger.ts';
import type { RefName } from '../refs.ts';
import { contractRemote, forgeContract } from '../../../test/support/forge-contract.ts';
import { fixedToken } from '../api/token-source.ts';
import { githubForge, type GithubForgeOptions } from './github-forge.ts';

function forgeFor(github: GithubStandIn, options: Partial<GithubForgeOptions> = {}) {
  return githubForge({
    github: github.full,
    apiUrl: 'http://github.test/api/v3',
    remote: github.remote.path,
    repository: join(github.remote.folder, 'copy.git'),
    defaultBranch: 'main',
    isProtected: () => false,
    token: fixedToken(new Secret(github.token)),
    log: silentLogger,
    fetch: async (url, request) => github.app.request(url, request),
    wait: async () => {},
    ...options,
  });
}

forgeContract('github', async () => {
  const github = await githubStandIn();
  return contractRemote(github, forgeFor(github));
});

describe('a repository on GitHub', () => {
  let github: GithubStandIn;
  const NOTHING: ReadonlyMap<RefName, string> = new Map();
  beforeEach(async () => {
    github = await githubStandIn();
    await github.push('main', { 'spack.yaml': 'spack: {}\n' });
  });
  afterEach(async () => {
    const { violations } = github.api;
    await github.dispose();
    expect(violations).toEqual([]);
  });

  test('reports title, author, base, draft and what the author is to it', async () => {
    await github.push('fix', { a: '1' }, 'main');
    await github.openPull({ branch: 'fix', title: 'Fix a', author: 'grace', draft: true });
    const { events, refs } = await forgeFor(github).poll(NOTHING);
    expect(events[1]).toEqual({
      type: 'pull-request-updated',
      pullRequest: {
        number: '1',
        title: 'Fix a',
        author: 'grace',
        headSha: github.api.pulls.get(1)?.head,
        baseBranch: 'main',
        baseSha: refs.get('refs/heads/main'),
        fork: false,
        draft: true,
        labels: [],
        authorAssociation: 'MEMBER',
      },
    });
  });

  test('a branch without a pull request belongs to no request, and a fork’s request is an outsider’s', async () => {
    await github.push('idea', { a: '1' }, 'main');
    await github.push('theirs', { b: '1' }, 'main');
    await github.openPull({ branch: 'theirs', isFork: true, author: 'mallory' });
    const { events } = await forgeFor(github).poll(NOTHING);
    expect(events).toMatchObject([
      { type: 'branch-pushed' },
      { pullRequest: { number: '1', fork: true, author: 'mallory' } },
    ]);
  });

  test('who pushed to a branch or merged into it is looked up in GitHub’s own record; of tags it has none', async () => {
    const forge = forgeFor(github);
    const pusher = async (ref: string, sha: string) => forge.pusher?.(ref, sha);
    const [main, next] = ['refs/heads/main', 'refs/heads/next'];
    github.as = 'grace';
    const first = await github.push('main', { b: '1' });
    github.as = 'bob';
    const second = await github.push('main', { b: '2' });
    await github.push('next', { c: '1' }, 'main');
    expect(await pusher(main, first)).toBe('grace');
    expect(await pusher(main, second)).toBe('bob');
    expect(await pusher(next, second)).toBeUndefined();
    expect(await pusher('refs/heads/none', second)).toBeUndefined();
    const tag = await github.tag('v1');
    expect(await pusher('refs/tags/v1', tag)).toBeUndefined();
    expect(github.api.requests.filter(({ line }) => line.includes('/activity'))).toHaveLength(4);
  });

  test('a request into another branch is merged with that branch’s tip', async () => {
    const baseSha = await github.push('release', { r: '1' }, 'main');
    await github.push('fix', { a: '1' }, 'main');
    await github.openPull({ branch: 'fix', base: 'release' });
    const { events } = await forgeFor(github).poll(NOTHING);
    expect(events[1]).toMatchObject({ pullRequest: { baseBranch: 'release', baseSha } });
  });

  test('a request that is turned to another branch is reported again', async () => {
    await github.push('release', { r: '1' }, 'main');
    await github.push('fix', { a: '1' }, 'main');
    const pull = await github.openPull({ branch: 'fix' });
    const forge = forgeFor(github);
    const { refs } = await forge.poll(NOTHING);
    pull.base = 'release';
    expect((await forge.poll(refs)).events).toMatchObject([
      { type: 'pull-request-updated', pullRequest: { baseBranch: 'release' } },
    ]);
  });

  test('a request that is marked ready, or a draft again, is reported again, and nothing else is', async () => {
    await github.push('fix', { a: '1' }, 'main');
    const pull = await github.openPull({ branch: 'fix', draft: true });
    const forge = forgeFor(github);
    let { refs } = await forge.poll(NOTHING);
    expect((await forge.poll(refs)).events).toEqual([]);
    for (const draft of [false, true]) {
      pull.draft = draft;
      const seen = await forge.poll(refs);
      expect(seen.events).toMatchObject([{ type: 'pull-request-updated', pullRequest: { draft } }]);
      ({ refs } = seen);
    }
  });

  test('a request that is closed and opened again is reported again', async () => {
    const forge = forgeFor(github);
    await github.push('fix', { a: '1' }, 'main');
    await github.openPull({ branch: 'fix' });
    const first = await forge.poll(NOTHING);
    await github.closePull(1);
    const second = await forge.poll(first.refs);
    expect(second.events).toEqual([{ type: 'pull-request-closed', number: '1', merged: false }]);
    await github.reopenPull(1);
    expect((await forge.poll(second.refs)).events).toMatchObject([{ type: 'pull-request-updated' }]);
  });

  test('a branch of the merge queue is a group and no branch, whatever is protected', async () => {
    const forge = forgeFor(github, { isProtected: () => true });
    await github.push('fix', { a: '1' }, 'main');
    const { number } = await github.openPull({ branch: 'fix' });
    const { refs } = await forge.poll(NOTHING);
    const sha = await github.queue.add(number);
    const queued = await forge.poll(refs);
    expect(queued.events).toMatchObject([{ type: 'merge-queued', group: { number: '1', sha, requests: ['1'] } }]);
    expect([...queued.refs.keys()].filter((ref) => ref.startsWith('refs/heads/'))).toEqual([
      'refs/heads/fix',
      'refs/heads/main',
    ]);
    expect(await forge.branchesWith(sha)).toEqual([]);
    github.api.statuses.push({ sha, context: 'slipway', state: 'success', description: '', target_url: null });
    await github.queue.advance();
    expect((await forge.poll(queued.refs)).events).toMatchObject([
      { type: 'pull-request-closed', number: '1', merged: true },
      { type: 'branch-pushed', branch: 'main', sha },
      { type: 'merge-dequeued', number: '1', sha, merged: true },
    ]);
    expect(github.deliveries.filter(({ event }) => event === 'merge_group')).toHaveLength(2);
  });

  test('a squashed request counts as merged, though its head is in no branch', async () => {
    const forge = forgeFor(github);
    await github.push('fix', { a: '1' }, 'main');
    const pull = await github.openPull({ branch: 'fix' });
    const { refs } = await forge.poll(NOTHING);
    const mergeSha = await github.push('main', { a: '1' });
    Object.assign(pull, { state: 'closed', merged: true, mergeSha });
    const closed = { type: 'pull-request-closed', number: '1', merged: true, mergeSha };
    expect((await forge.poll(refs)).events[0]).toEqual(closed);
  });

  test('a head that git does not have yet is left to the next look', async () => {
    const forge = forgeFor(github);
    const shown = await github.push('fix', { a: '1' }, 'main');
    const pull = await github.openPull({ branch: 'fix' });
    const first = await forge.poll(NOTHING);
    pull.head = 'f'.repeat(40);
    const late = await forge.poll(first.refs);
    expect(late.events).toEqual([]);
    expect(late.refs).toEqual(first.refs);
    pull.head = shown;
    expect((await forge.poll(late.refs)).events).toEqual([]);
  });

  test('a head that git gives a moment after the API has shown it is found by a second look', async () => {
    const forge = forgeFor(github, {
      wait: async () => {
        pull.head = shown;
      },
    });
    const shown = await github.push('fix', { a: '1' }, 'main');
    const pull = await github.openPull({ branch: 'fix' });
    pull.head = 'f'.repeat(40);
    expect((await forge.poll(NOTHING)).events).toMatchObject([{}, { pullRequest: { headSha: shown } }]);
  });

  test('one head that git does not give does not hide the others', async () => {
    await github.push('fix', { a: '1' }, 'main');
    const lost = await github.openPull({ branch: 'fix' });
    await github.push('other', { b: '1' }, 'main');
    await github.openPull({ branch: 'other' });
    lost.head = 'f'.repeat(40);
    const { events } = await forgeFor(github).poll(NOTHING);
    expect(events).toMatchObject([{ type: 'branch-pushed' }, { pullRequest: { number: '2' } }]);
  });

  test('heads of requests that were closed long ago are not fetched', async () => {
    const old = await github.push('old', { a: '1' }, 'main');
    await github.openPull({ branch: 'old' });
    await github.closePull(1);
    await github.remote.remove('refs/heads/old');
    const forge = forgeFor(github);
    await forge.poll(NOTHING);
    await expect(forge.commit(old)).rejects.toMatchObject({ code: 'FORGE_COMMIT_MISSING' });
  });

  test('more than a page of requests is read to the end, and costs nothing while nothing changes', async () => {
    const head = await github.push('fix', { a: '1' }, 'main');
    for (let number = 1; number <= 101; number += 1) {
      github.api.pulls.set(number, {
        number,
        title: '',
        author: 'ada',
        branch: 'fix',
        base: 'main',
        isFork: false,
        draft: false,
        state: 'open',
        merged: false,
        head,
      });
    }
    const refspecs = [...github.api.pulls.keys()].map((number) => `${head}:refs/pull/${number}/head`);
    await github.remote.git('push', '--quiet', 'origin', ...refspecs);
    const forge = forgeFor(github);
    const { events, refs } = await forge.poll(NOTHING);
    expect(events).toHaveLength(102);
    expect((await forge.poll(refs)).events).toEqual([]);
    expect(github.api.requests.map(({ status }) => status)).toEqual([200, 200, 304, 304]);
  });

  test('a request that slipped out of the list is not closed unless it shows that', async () => {
    const forge = forgeFor(github);
    await github.push('fix', { a: '1' }, 'main');
    const pull = await github.openPull({ branch: 'fix' });
    const { refs } = await forge.poll(NOTHING);
    const list = github.api.pulls;
    const hidden = forgeFor(github, {
      fetch: async (url, request) => {
        if (url.includes('/pulls?')) return Response.json([]);
        return github.app.request(url, request);
      },
    });
    expect(list.get(1)).toBe(pull);
    expect(await hidden.poll(refs)).toEqual({ events: [], refs });
  });

  test.each([
    ['owner', 'FORGE_GITHUB_REPOSITORY_INVALID'],
    ['../stack', 'FORGE_GITHUB_REPOSITORY_INVALID'],
    ['owner/..', 'FORGE_GITHUB_REPOSITORY_INVALID'],
    ['owner/name/pulls', 'FORGE_GITHUB_REPOSITORY_INVALID'],
  ])('`%s` is refused as a repository', (name, code) => {
    expect(() => forgeFor(github, { github: name })).toThrow(expect.objectContaining({ code }));
  });
});

commentContract('GitHub', {
  open: githubStandIn,
  forgeFor,
  create: /^POST .*\/issues\/\d+\/comments$/,
  update: /^PATCH .*\/issues\/comments\/\d+$/,
});

peopleContract('GitHub', {
  open: githubStandIn,
  forgeFor,
  permission: /^GET .*\/permission$/,
  comments: /^GET .*\/issues\/comments$/,
});
