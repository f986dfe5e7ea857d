import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { githubStandIn, type GithubStandIn } from '../../../test/support/github.ts';
import { silentLogger } from '../../../test/support/silent-logger.ts';
import { Secret } from '../../kit/index.ts';
import { apiClient } from '../api/api-client.ts';
import { fixedToken } from '../api/token-source.ts';
import type { CommitStatus, StatusAnnotation, StatusDetail } from '../commit-status.ts';
import { checkRuns } from './check-runs.ts';
import { commitStatuses } from './commit-statuses.ts';
import { githubProfile } from './github-profile.ts';

const CREATE = /^POST .*\/check-runs$/;
const UPDATE = /^PATCH /;

describe('check runs', () => {
  let github: GithubStandIn;
  let sha: string;
  beforeAll(async () => {
    github = await githubStandIn();
    sha = await github.push('main', { 'spack.yaml': 'spack: {}\n' });
  });
  beforeEach(() => {
    const { checkRuns: runs, statuses, requests, faults } = github.api;
    for (const list of [runs, statuses, requests, faults]) list.length = 0;
  });
  afterEach(() => expect(github.api.violations).toEqual([]));
  afterAll(() => github.dispose());

  /** What a server that has just started posts statuses with. */
  function startedPosting() {
    const api = apiClient(githubProfile, {
      apiUrl: 'http://github.test/api/v3',
      token: fixedToken(new Secret(github.token)),
      log: silentLogger,
      wait: async () => {},
      fetch: async (url, request) => github.app.request(url, request),
    });
    const statuses = commitStatuses(api, github.full);
    return checkRuns({ api, repository: github.full, app: String(github.githubApp.id), log: silentLogger, statuses });
  }
  const started = () => startedPosting().post;
  const status = (state: CommitStatus['state'], description: string, more: Partial<CommitStatus> = {}) => ({
    sha,
    context: 'slipway',
    state,
    description,
    url: 'https://ci.example.org/pipelines/1',
    ...more,
  });
  const withDetail = (detail: Partial<StatusDetail>): Pick<CommitStatus, 'detail'> => ({
    detail: async () => ({ summary: 'Why', annotations: [], actions: [], ...detail }),
  });
  const remark = (line: number): StatusAnnotation => {
    return { path: 'spack.yaml', line, level: 'failure', title: 'hdf5 failed', message: `line ${line}` };
  };
  const histories = () => github.api.checkRuns.map(({ history }) => history);
  const sent = () => github.api.requests.map(({ line }) => line.replace(/ \/repos\/[^/]+\/[^/]+/, ' '));

  test('are created once, updated with progress, and end with the result', async () => {
    const post = started();
    await post(status('pending', '0 of 2 packages built', withDetail({ summary: '**Plan**', actions: ['cancel'] })));
    const [run] = github.api.checkRuns;
    expect(run).toMatchObject({
      sha,
      name: 'slipway',
      status: 'in_progress',
      title: '0 of 2 packages built',
      summary: '**Plan**',
      details_url: 'https://ci.example.org/pipelines/1',
      actions: ['cancel'],
    });
    await post(status('pending', '1 of 2 packages built'));
    await post(status('success', 'All 2 jobs succeeded'));
    expect(histories()).toEqual([
      ['in_progress: 0 of 2 packages built', 'in_progress: 1 of 2 packages built', 'success: All 2 jobs succeeded'],
    ]);
    expect(run?.actions).toEqual([]);
    expect(github.api.statuses).toEqual([]);
    expect(sent().map((line) => line.split(' ')[0])).toEqual(['GET', 'POST', 'PATCH', 'PATCH']);
  });

  test.each<[string, Partial<CommitStatus>, string]>([
    ['a success', { state: 'success' }, 'success'],
    ['a failure', { state: 'failure' }, 'failure'],
    ['an error', { state: 'error' }, 'failure'],
    ['what a person ended', { state: 'error', outcome: 'canceled' }, 'cancelled'],
    ['what waits for approval', { state: 'pending', outcome: 'held' }, 'action_required'],
    ['a commit without a pipeline', { state: 'success', outcome: 'skipped' }, 'skipped'],
  ])('%s has the conclusion that GitHub has for it', async (_what, more, conclusion) => {
    await started()(status('pending', '', more));
    expect(github.api.checkRuns).toMatchObject([{ status: 'completed', conclusion }]);
  });

  test('each context has its own, and one of another program or of another App is left alone', async () => {
    const foreign = {
      id: 1,
      app: 7,
      sha,
      name: 'slipway',
      external_id: 'slipway:slipway',
      annotations: [],
      history: [],
    };
    const shown = { status: 'queued', conclusion: null, title: '', summary: '', details_url: null, actions: [] };
    github.api.checkRuns.push(
      { ...foreign, ...shown },
      { ...foreign, ...shown, app: github.githubApp.id, external_id: '' },
    );
    const post = started();
    await post(status('success', 'All'));
    await post(status('success', 'lab/stack:7', { context: 'slipway/image' }));
    expect(histories()).toEqual([[], [], ['success: All'], ['success: lab/stack:7']]);
  });

  test('the server that starts next updates the same one', async () => {
    await started()(status('pending', '1 of 2'));
    await started()(status('success', 'All'));
    expect(histories()).toEqual([['in_progress: 1 of 2', 'success: All']]);
  });

  test('what runs again gets a new one, since GitHub reopens none', async () => {
    const post = started();
    await post(status('failure', 'hdf5 failed'));
    await post(status('pending', '1 of 2'));
    await started()(status('success', 'All'));
    expect(histories()).toEqual([['failure: hdf5 failed'], ['in_progress: 1 of 2', 'success: All']]);
  });

  test('the same is not sent twice', async () => {
    const post = started();
    await post(status('pending', '1 of 2'));
    await post(status('pending', '1 of 2'));
    expect(histories()).toEqual([['in_progress: 1 of 2']]);
  });

  test('texts are cut to what GitHub takes', async () => {
    await started()(status('pending', 'x'.repeat(200), withDetail({ summary: 'y'.repeat(70_000) })));
    expect(github.api.checkRuns[0]).toMatchObject({ title: expect.stringMatching(/^x{139}…$/) as string });
    expect(github.api.checkRuns[0]?.summary).toHaveLength(65_535);
  });

  describe('annotations', () => {
    const failed = (lines: number) => {
      const annotations = Array.from({ length: lines }, (_, index) => remark(index + 1));
      return status('failure', `${lines} packages failed`, withDetail({ annotations }));
    };
    const lines = () => github.api.checkRuns.map(({ annotations }) => annotations.map((one) => one.start_line));

    test('are sent fifty at a time, all of them', async () => {
      await started()(failed(120));
      expect(lines()).toEqual([Array.from({ length: 120 }, (_, index) => index + 1)]);
      expect(sent().filter((line) => UPDATE.test(line))).toHaveLength(3);
      expect(github.api.checkRuns[0]?.annotations[0]).toEqual({
        path: 'spack.yaml',
        start_line: 1,
        end_line: 1,
        annotation_level: 'failure',
        title: 'hdf5 failed',
        message: 'line 1',
      });
    });

    test('are there once, whatever answers are lost and whichever server goes on', async () => {
      github.fail({ on: UPDATE, status: 502, isDone: true });
      github.fail({ on: UPDATE, status: 502 });
      github.fail({ on: UPDATE, status: 502, isDone: true, times: 1 });
      await started()(failed(120));
      await started()(failed(120));
      expect(lines()).toEqual([Array.from({ length: 120 }, (_, index) => index + 1)]);
    });

    test('are completed by the next server where one ended in between', async () => {
      github.fail({ on: UPDATE, status: 401 });
      await expect(started()(failed(60))).rejects.toMatchObject({ code: 'FORGE_GITHUB_UNAUTHORIZED' });
      await started()(failed(60));
      expect(lines()).toEqual([Array.from({ length: 60 }, (_, index) => index + 1)]);
    });

    test('that no longer apply are gone with their check run', async () => {
      const post = started();
      await post(failed(2));
      await post(failed(1));
      await started()(status('success', 'All'));
      expect(lines()).toEqual([[1, 2], [1], []]);
      expect(histories().map((all) => all.at(-1))).toEqual([
        'failure: 2 packages failed',
        'failure: 1 packages failed',
        'success: All',
      ]);
    });

    test('that GitHub refuses do not keep the result from being shown', async () => {
      await started()(status('failure', 'hdf5 failed', withDetail({ annotations: [{ ...remark(1), path: '' }] })));
      expect(histories()).toEqual([['failure: hdf5 failed']]);
    });
  });

  describe('when GitHub fails', () => {
    test('a lost answer to the creation does not lead to a second one', async () => {
      github.fail({ on: CREATE, status: 502, isDone: true });
      const post = started();
      await post(status('pending', '1 of 2'));
      await post(status('success', 'All'));
      expect(histories()).toEqual([['in_progress: 1 of 2', 'success: All']]);
    });

    test('502s and a secondary limit before it has taken anything lead to another attempt', async () => {
      github.fail({ on: CREATE, status: 502, times: 2 });
      github.fail({ on: CREATE, status: 403, headers: { 'retry-after': '1' }, message: 'secondary rate limit' });
      await started()(status('success', 'All'));
      expect(histories()).toEqual([['success: All']]);
    });

    test('a limit that lasts is reported, and checks stay in use', async () => {
      const post = started();
      github.fail({ on: CREATE, status: 403, headers: { 'retry-after': '60' }, message: 'secondary rate limit' });
      await expect(post(status('success', 'All'))).rejects.toMatchObject({ code: 'FORGE_GITHUB_RATE_LIMITED' });
      expect(github.api.statuses).toEqual([]);
    });

    test('a commit that it does not have is refused for good', async () => {
      const post = started()(status('success', 'All', { sha: 'f'.repeat(40) }));
      await expect(post).rejects.toMatchObject({ code: 'FORGE_STATUS_REFUSED' });
    });

    test('where checks are not permitted, commit statuses are set, and checks are not tried again', async () => {
      const message = 'Resource not accessible by integration';
      github.fail({ on: /check-runs/, status: 403, message, times: 100 });
      const post = started();
      await post(status('pending', '1 of 2'));
      await post(status('success', 'All'));
      expect(github.api.checkRuns).toEqual([]);
      expect(github.statuses(sha).map(({ state, description }) => `${state}: ${description}`)).toEqual([
        'pending: 1 of 2',
        'success: All',
      ]);
      expect(sent().filter((line) => line.includes('check-runs'))).toHaveLength(1);
    });
  });

  test('what is not shown is named: never created, and changed by another user of the App', async () => {
    const { post, notShown } = startedPosting();
    const [half, end] = [status('pending', '1 of 2'), status('success', 'All')];
    expect(await notShown([half])).toEqual([half]);
    await post(half);
    expect(await notShown([half, end])).toEqual([end]);
    await post(end);
    expect(await notShown([end])).toEqual([]);
    Object.assign(github.api.checkRuns[0] ?? {}, { conclusion: 'failure' });
    expect(await notShown([end])).toEqual([end]);
    await post(end);
    expect(await notShown([end])).toEqual([]);
  });

  test('what a list lacks that lags behind is not posted again, nor is what is about an unknown commit', async () => {
    const { post, notShown } = startedPosting();
    const half = status('pending', '1 of 2');
    await post(half);
    github.api.checkRuns.length = 0;
    expect(await notShown([half])).toEqual([]);
    expect(await notShown([status('success', 'All', { sha: 'f'.repeat(40) })])).toEqual([]);
  });

  test('where checks are not permitted, commit statuses are compared, also before the first post', async () => {
    const message = 'Resource not accessible by integration';
    github.fail({ on: /check-runs/, status: 403, message, times: 100 });
    const end = status('success', 'All');
    await startedPosting().post(end);
    expect(await startedPosting().notShown([end])).toEqual([]);
    github.api.statuses.length = 0;
    expect(await startedPosting().notShown([end])).toEqual([end]);
  });
});
