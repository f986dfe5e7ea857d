import { describe, expect, test } from 'vitest';
import { createCommentOutbox } from '../../src/coordinator/comments/comment-outbox.ts';
import { PostPace } from '../../src/coordinator/status/post-pace.ts';
import { createStatusOutbox } from '../../src/coordinator/status/status-outbox.ts';
import { apiClient } from '../../src/forge/api/api-client.ts';
import { fixedToken } from '../../src/forge/api/token-source.ts';
import type { StatusAnnotation, StatusState } from '../../src/forge/commit-status.ts';
import type { StatusPosting } from '../../src/forge/forge.ts';
import { checkRuns } from '../../src/forge/github/check-runs.ts';
import { commitStatuses } from '../../src/forge/github/commit-statuses.ts';
import { issueComments } from '../../src/forge/github/issue-comments.ts';
import { githubProfile } from '../../src/forge/github/github-profile.ts';
import { Secret, timestamp } from '../../src/kit/index.ts';
import { Database, createForgeLedger } from '../../src/store/index.ts';
import { emptyState } from '../support/empty-state.ts';
import { githubApiRoutes } from '../support/github-api.ts';
import { StandInApp } from '../support/github-app.ts';
import { silentLogger } from '../support/silent-logger.ts';
import { SimulatedTime } from '../support/unreliable-forge.ts';

const [SECOND, MINUTE, HOUR] = [1000, 60_000, 3600_000];
const PACKAGES = 1500;
/** "No more than 80 content-generating requests per minute and no more than 500 per hour", and 1,000 statuses. */
const limits = { minute: 80, hour: 500, commit: 1000 };

type Api = ReturnType<typeof apiClient>;
const kinds: Readonly<Record<string, (api: Api) => StatusPosting>> = {
  'commit statuses': (api) => commitStatuses(api, 'lab/stack'),
  'check runs': (api) =>
    checkRuns({
      api,
      repository: 'lab/stack',
      app: '4711',
      log: silentLogger,
      statuses: commitStatuses(api, 'lab/stack'),
    }),
};

/** What a failure of everything points to. */
const annotations = Array.from({ length: 120 }, (_, index): StatusAnnotation => {
  return { path: 'spack.yaml', line: index + 1, level: 'failure', message: 'failed' };
});

/** A server that reports to GitHub, in simulated time. */
class Reports {
  readonly #time = new SimulatedTime();
  readonly #state = emptyState();
  readonly #ledger = createForgeLedger(new Database(':memory:'));
  readonly #outboxes: readonly { deliver(stack: string): void }[];
  /** When which requests that create content were sent. */
  readonly #sent: number[] = [];

  constructor(posting: (api: Api) => StatusPosting) {
    const app = githubApiRoutes(this.#state, new StandInApp(this.#state.full));
    const api = apiClient(githubProfile, {
      apiUrl: 'http://github.test/api/v3',
      token: fixedToken(new Secret('token')),
      log: silentLogger,
      clock: this.#time,
      wait: this.#time.wait,
      fetch: async (url, request) => {
        if (request.method !== 'GET') this.#sent.push(this.#time.now());
        return app.request(url, request);
      },
    });
    const forge = { ...posting(api), comment: issueComments(api, 'lab/stack') };
    const stacks = new Map([['lab', { configuration: { name: 'lab' }, forge }]]);
    const context = { ledger: this.#ledger, log: silentLogger, clock: this.#time, stacks };
    const detailOf = async ({ state }: { state: StatusState }) => {
      return { summary: 'Plan', annotations: state === 'failure' ? annotations : [], actions: [] };
    };
    const statusesOf = ({ headSha }: { headSha: string }) => this.#ledger.statusesOf('lab', headSha);
    const source = {
      occasion: (request: { headSha: string }) => JSON.stringify(statusesOf(request).map((one) => one.state)),
      text: async (request: { headSha: string }) => statusesOf(request)[0]?.description,
    };
    const options = { pace: new PostPace(this.#time), timer: this.#time.timer };
    this.#outboxes = [createStatusOutbox(context, detailOf, options), createCommentOutbox(context, source, options)];
  }

  open(number: number): void {
    const request = { number: String(number), title: 'A change', headSha: sha(number), author: 'ada', fork: false };
    const base = { baseBranch: 'main', baseSha: 'b'.repeat(40) };
    this.#ledger.saveRequest({ ...request, ...base, stack: 'lab', state: 'open' });
    const pull = { number, author: 'ada', branch: 'change', isFork: false, draft: false, title: request.title };
    this.#state.pulls.set(number, { ...pull, base: 'main', state: 'open', merged: false, head: request.headSha });
  }

  report(sha: string, state: StatusState, description: string): void {
    const url = 'http://ci.test/pipelines/1';
    this.#ledger.saveStatus({
      stack: 'lab',
      sha,
      context: 'slipway',
      state,
      description,
      url,
      at: timestamp(this.#time),
    });
    for (const outbox of this.#outboxes) outbox.deliver('lab');
  }

  async pass(milliseconds: number): Promise<void> {
    const end = this.#time.now() + milliseconds;
    do {
      for (let turn = 0; turn < 6; turn += 1) await new Promise(setImmediate);
    } while (this.#time.step(end));
  }

  /** The most requests within any minute and any hour, and of any commit. */
  counts(): typeof limits {
    const within = (length: number) =>
      Math.max(...this.#sent.map((from) => this.#sent.filter((at) => at >= from && at < from + length).length));
    const count = new Map<string, number>();
    for (const { sha: head } of [...this.#state.statuses, ...this.#state.checkRuns])
      count.set(head, (count.get(head) ?? 0) + 1);
    return { minute: within(MINUTE), hour: within(HOUR), commit: Math.max(...count.values()) };
  }

  get comments(): readonly string[] {
    return this.#state.comments.map(({ body }) => body.split('\n').at(-1) ?? '');
  }

  get shown(): readonly string[] {
    const { statuses, checkRuns: runs, violations } = this.#state;
    expect(violations).toEqual([]);
    const last = new Map(statuses.map(({ sha, state, description }) => [sha, `${state}: ${description}`]));
    for (const { sha, conclusion, title } of runs) last.set(sha, `${conclusion}: ${title}`);
    return [...last.values()];
  }
}

function expectWithin(counts: typeof limits): void {
  for (const [name, limit] of Object.entries(limits))
    expect(counts[name as keyof typeof limits], name).toBeLessThanOrEqual(limit);
}

const sha = (index: number) => String(index).padStart(40, 'a');

describe.each(Object.entries(kinds))('the limits of GitHub for %s', (_name, posting) => {
  test.each([
    ['25 minutes', 25 * MINUTE],
    ['5 hours', 5 * HOUR],
    ['5 days', 120 * HOUR],
  ])('a pipeline of 1,500 packages in %s stays within them', async (_time, length) => {
    const reports = new Reports(posting);
    reports.open(1);
    for (let built = 0; built < PACKAGES; built += 1) {
      reports.report(sha(1), 'pending', `${built} of ${PACKAGES} packages built`);
      await reports.pass(length / PACKAGES);
    }
    reports.report(sha(1), 'failure', 'hdf5 failed');
    await reports.pass(MINUTE);
    expect(reports.comments).toEqual(['hdf5 failed']);
    expect(reports.shown).toEqual(['failure: hdf5 failed']);
    const counts = reports.counts();
    expectWithin(counts);
    expect(counts.minute).toBeLessThan(10);
  });

  test('forty pipelines that begin and end together stay within them, and no result is late', async () => {
    const reports = new Reports(posting);
    for (let index = 0; index < 40; index += 1) reports.open(index);
    for (let built = 0; built < 60; built += 1) {
      for (let index = 0; index < 40; index += 1)
        reports.report(sha(index), 'pending', `${built} of 60 packages built`);
      await reports.pass(20 * SECOND);
    }
    for (let index = 0; index < 40; index += 1) reports.report(sha(index), 'success', 'All 60 jobs succeeded');
    await reports.pass(SECOND);
    expect(reports.shown).toEqual(Array.from({ length: 40 }, () => 'success: All 60 jobs succeeded'));
    await reports.pass(5 * MINUTE);
    expect(reports.comments).toEqual(Array.from({ length: 40 }, () => 'All 60 jobs succeeded'));
    expectWithin(reports.counts());
  });
});
