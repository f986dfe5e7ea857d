import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { githubStandIn, type GithubStandIn } from '../../../test/support/github.ts';
import { Secret } from '../../kit/index.ts';
import { silentLogger } from '../../../test/support/silent-logger.ts';
import { apiClient } from '../api/api-client.ts';
import type { CommitStatus } from '../commit-status.ts';
import { githubProfile } from './github-profile.ts';
import { fixedToken } from '../api/token-source.ts';
import { commitStatuses } from './commit-statuses.ts';

describe('commit statuses', () => {
  let github: GithubStandIn;
  let sha: string;
  beforeEach(async () => {
    github = await githubStandIn();
    sha = await github.push('main', { a: '1' });
  });
  afterEach(async () => {
    const { violations } = github.api;
    await github.dispose();
    expect(violations).toEqual([]);
  });

  /** What a server that has just started says statuses with. */
  function started(token = github.token) {
    const api = apiClient(githubProfile, {
      apiUrl: 'http://github.test/api/v3',
      token: fixedToken(new Secret(token)),
      log: silentLogger,
      wait: async () => {},
      fetch: async (url, request) => github.app.request(url, request),
    });
    return commitStatuses(api, github.full);
  }
  const pending = (): CommitStatus => ({
    sha,
    context: 'slipway',
    state: 'pending',
    description: '0 of 2 jobs done',
    url: 'https://ci.example.org/1',
  });
  const bodyOf = ({ state, context, description, url = '' }: CommitStatus) => ({
    state,
    context,
    description,
    target_url: url,
  });
  const states = () => github.statuses(sha).map(({ state, description }) => `${state}: ${description}`);

  test('are said with state, context, text and link', async () => {
    await started().post(pending());
    expect(github.statuses(sha)).toEqual([
      {
        sha,
        context: 'slipway',
        state: 'pending',
        description: '0 of 2 jobs done',
        target_url: 'https://ci.example.org/1',
      },
    ]);
  });

  test('the same is not said twice, not even after a restart', async () => {
    const { post } = started();
    await post(pending());
    await post(pending());
    await started().post(pending());
    expect(states()).toEqual(['pending: 0 of 2 jobs done']);
  });

  test('what changes and changes back is said each time', async () => {
    const { post } = started();
    await post(pending());
    await post({ ...pending(), state: 'failure' });
    await post(pending());
    expect(states()).toHaveLength(3);
  });

  test('a 502 after GitHub has taken it does not lead to a second one', async () => {
    github.fail({ on: /^POST /, status: 502, isDone: true });
    await started().post(pending());
    expect(states()).toEqual(['pending: 0 of 2 jobs done']);
  });

  test('a 502 before GitHub has taken it leads to another attempt', async () => {
    github.fail({ on: /^POST /, status: 502, times: 2 });
    await started().post(pending());
    expect(states()).toEqual(['pending: 0 of 2 jobs done']);
  });

  test('a text is cut to what GitHub takes', async () => {
    await started().post({ ...pending(), description: 'x'.repeat(200) });
    expect(github.statuses(sha)[0]?.description).toHaveLength(140);
  });

  test('a commit that GitHub does not have is refused for good', async () => {
    const post = started().post({ ...pending(), sha: 'f'.repeat(40) });
    await expect(post).rejects.toMatchObject({ code: 'FORGE_STATUS_REFUSED' });
  });

  test('a token that is no longer good is reported so', async () => {
    await expect(started('old').post(pending())).rejects.toMatchObject({ code: 'FORGE_GITHUB_UNAUTHORIZED' });
  });

  test('at the cap of a thousand statuses the next one is refused for good', async () => {
    const { post } = started();
    for (let index = 0; index < 1000; index += 1)
      github.api.statuses.push({ ...bodyOf(pending()), description: `${index}`, sha });
    await expect(post(pending())).rejects.toMatchObject({ code: 'FORGE_STATUS_REFUSED' });
    await post({ ...pending(), context: 'slipway/image' });
    expect(github.statuses(sha, 'slipway/image')).toHaveLength(1);
  });

  test('a list that lags behind hides nothing that is to be posted', async () => {
    const { post } = started();
    await post(pending());
    github.fail({ on: /^POST /, status: 502, times: 4 });
    await expect(post({ ...pending(), state: 'failure' })).rejects.toMatchObject({ code: 'FORGE_GITHUB_UNAVAILABLE' });
    await post(pending());
    expect(states().map((state) => state.split(':')[0])).toEqual(['pending', 'pending']);
  });

  test('what is not shown is named: never posted, overwritten, with another text at its end', async () => {
    const { post, notShown } = started();
    const other = { ...pending(), context: 'slipway/image', state: 'success', description: 'Published' } as const;
    expect(await notShown([pending(), other])).toEqual([pending(), other]);
    await post(pending());
    await post(other);
    expect(await notShown([pending(), other])).toEqual([]);
    expect(await notShown([{ ...pending(), description: '1 of 2 jobs done' }])).toEqual([]);
    github.api.statuses.push({ ...bodyOf(pending()), state: 'success', sha });
    github.api.statuses.push({ ...bodyOf(other), description: 'By hand', sha });
    expect(await notShown([pending(), other])).toEqual([pending(), other]);
    await post(pending());
    expect(await notShown([pending(), other])).toEqual([other]);
  });

  test('a list that lacks what was posted just now does not make it missing', async () => {
    const { post, notShown } = started();
    await post(pending());
    github.api.lag = 1;
    expect(await notShown([pending()])).toEqual([]);
  });

  test('the statuses of other programs do not hide ours: all pages are read', async () => {
    const { post } = started();
    for (let index = 0; index < 250; index += 1)
      github.api.statuses.push({ ...bodyOf(pending()), context: `other/${index}`, sha });
    await post(pending());
    expect(await started().notShown([pending()])).toEqual([]);
    await started().post(pending());
    expect(states()).toHaveLength(1);
  });

  test('of a commit that GitHub does not have nothing is missing', async () => {
    expect(await started().notShown([{ ...pending(), sha: 'f'.repeat(40) }])).toEqual([]);
  });
});
