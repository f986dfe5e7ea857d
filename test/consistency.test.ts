import * as fc from 'fast-check';
import { Hono } from 'hono';
import { describe, expect, test } from 'vitest';
import { createStatusOutbox } from '../src/coordinator/status/status-outbox.ts';
import type { StatusRecord } from '../src/coordinator/index.ts';
import type { StatusState } from '../src/forge/commit-status.ts';
import type { StatusPosting } from '../src/forge/forge.ts';
import { apiClient } from '../src/forge/api/api-client.ts';
import { fixedToken } from '../src/forge/api/token-source.ts';
import type { ApiProfile } from '../src/forge/api/api-profile.ts';
import { checkRuns } from '../src/forge/github/check-runs.ts';
import { commitStatuses as githubStatuses } from '../src/forge/github/commit-statuses.ts';
import { githubProfile } from '../src/forge/github/github-profile.ts';
import { commitStatuses as gitlabStatuses } from '../src/forge/gitlab/commit-statuses.ts';
import { gitlabProfile } from '../src/forge/gitlab/gitlab-profile.ts';
import { Secret, sha256, timestamp } from '../src/kit/index.ts';
import { Database, createForgeLedger } from '../src/store/index.ts';
import { emptyState } from './support/empty-state.ts';
import { githubApiRoutes } from './support/github-api.ts';
import { StandInApp } from './support/github-app.ts';
import { gitlabApiRoutes } from './support/gitlab-api.ts';
import { silentLogger } from './support/silent-logger.ts';
import type { ApiState } from './support/stand-in-api.ts';
import { SimulatedTime, UnreliableForge, idle, type Fate } from './support/unreliable-forge.ts';

const RUNS = Number(process.env.SLIPWAY_TEST_RUNS ?? 50);
const MINUTE = 60_000;
/** Comparisons with the forge come every hour. */
const QUIET = 150 * MINUTE;
const HOST = 'http://forge.test';
const contexts = ['slipway', 'slipway/image'] as const;
const states = ['pending', 'success', 'failure', 'error'] as const;

const detailOf = async () => ({ summary: '', annotations: [], actions: [] });

type Step =
  | { readonly type: 'record'; readonly commit: number; readonly context: number; readonly state: StatusState }
  | { readonly type: 'decide'; readonly fate: Fate }
  | { readonly type: 'foreign'; readonly commit: number; readonly context: number; readonly state: StatusState }
  | { readonly type: 'pass'; readonly milliseconds: number }
  | { readonly type: 'lag'; readonly lag: number }
  | { readonly type: 'arrive' | 'restart' };

const forbidden: Fate = { status: 403, message: 'Resource not accessible by integration' };
const fates = fc.constantFrom<Fate>(
  'answered',
  'answered',
  'answered',
  'answered',
  'lost',
  'late',
  'broken',
  { status: 502 },
  { status: 502, isDone: true },
  { status: 422, message: 'No commit found for SHA' },
  { status: 403, message: 'You have exceeded a secondary rate limit' },
  { status: 403, message: 'You have exceeded a secondary rate limit', headers: { 'retry-after': '120' } },
  forbidden,
  { status: 429, headers: { 'retry-after': '3' } },
);
const subject = { commit: fc.nat(1), context: fc.nat(1), state: fc.constantFrom(...states) };
const record = fc.record({ type: fc.constant('record' as const), ...subject });
const decide = fc.record({ type: fc.constant('decide' as const), fate: fates });
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: record },
    { weight: 12, arbitrary: decide },
    {
      weight: 3,
      arbitrary: fc.record({ type: fc.constant('pass' as const), milliseconds: fc.integer({ min: 1, max: 90_000 }) }),
    },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('foreign' as const), ...subject }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('lag' as const), lag: fc.nat(2) }) },
    { weight: 2, arbitrary: fc.record({ type: fc.constantFrom('arrive' as const, 'restart' as const) }) },
  ),
  { maxLength: 60 },
);

/** One kind of forge. */
interface Kind {
  readonly profile: ApiProfile;
  readonly base: string;
  routes(state: ApiState): Hono;
  statuses(api: ReturnType<typeof apiClient>): StatusPosting;
  /** A request that sets a status. */
  request(sha: string, status: { context: string; state: StatusState }): { path: string; body: object };
  /** What people are to see of a status. */
  expected(status: Pick<StatusRecord, 'state' | 'description'>): string;
  /** What they see; of one that is pending no text counts. */
  seen(state: ApiState, sha: string, context: string): string;
  /** What never happens to its requests. */
  readonly unless?: Fate;
}

const nothing = { state: 'nothing', description: '' };

const github: Kind = {
  profile: githubProfile,
  base: '/api/v3',
  routes: (state) => githubApiRoutes(state, new StandInApp(state.full)),
  statuses: (api) => githubStatuses(api, 'lab/stack'),
  request: (sha, status) => ({
    path: `/api/v3/repos/lab/stack/statuses/${sha}`,
    body: { ...status, description: 'By hand' },
  }),
  expected: ({ state, description }) => (state === 'pending' ? state : `${state}: ${description}`),
  seen: ({ statuses }, sha, name) => {
    const { state, description } = statuses.findLast((one) => one.sha === sha && one.context === name) ?? nothing;
    return state === 'pending' ? state : `${state}: ${description}`;
  },
};

const phases = {
  pending: { status: 'in_progress' },
  success: { status: 'completed', conclusion: 'success' },
  failure: { status: 'completed', conclusion: 'failure' },
  error: { status: 'completed', conclusion: 'failure' },
} as const;
const githubChecks: Kind = {
  ...github,
  // Commit statuses are set then, until the next start.
  unless: forbidden,
  expected: ({ state, description }) =>
    state === 'pending' ? 'in_progress' : `${phases[state].conclusion}: ${description}`,
  seen: ({ checkRuns: runs }, sha, name) => {
    const run = runs.findLast((one) => one.sha === sha && one.name === name);
    return run?.status === 'completed' ? `${run.conclusion}: ${run.title}` : (run?.status ?? 'nothing');
  },
  statuses: (api) =>
    checkRuns({ api, repository: 'lab/stack', app: '4711', log: silentLogger, statuses: github.statuses(api) }),
  request: (sha, { context: name, state }) => ({
    path: '/api/v3/repos/lab/stack/check-runs',
    body: { name, head_sha: sha, external_id: `slipway:${name}`, ...phases[state], output: { title: '', summary: '' } },
  }),
};

/** An App without the permission for checks. */
const githubWithoutChecks: Kind = {
  ...github,
  routes: (state) =>
    new Hono()
      .use(async (c, next) => {
        if (!c.req.path.includes('/check-runs')) return next();
        return c.json({ message: 'Resource not accessible by integration' }, 403);
      })
      .route('/', github.routes(state)),
  statuses: githubChecks.statuses,
};

const gitlabStates = { pending: 'pending', success: 'success', failure: 'failed', error: 'failed' } as const;
const gitlab: Kind = {
  profile: gitlabProfile,
  base: '/api/v4',
  routes: (state) => gitlabApiRoutes(Object.assign(state, { notes: [], mostJobs: 1000, train: [] })),
  statuses: (api) => gitlabStatuses({ api, resources: '/projects/lab%2Fstack', refOf: async () => 'main' }),
  request: (sha, { context: name, state }) => ({
    path: `/api/v4/projects/lab%2Fstack/statuses/${sha}`,
    body: { name, state: gitlabStates[state], ref: 'main', description: 'By hand' },
  }),
  expected: ({ state, description }) => (state === 'pending' ? 'pending' : `${gitlabStates[state]}: ${description}`),
  seen: ({ statuses }, sha, name) => {
    const { state, description } = statuses.findLast((one) => one.sha === sha && one.context === name) ?? nothing;
    return state === 'pending' || state === 'running' ? 'pending' : `${state}: ${description}`;
  },
};

/** A server with its ledger, and a forge at the end of an unreliable line. It can be killed at any moment. */
class Story {
  readonly #kind: Kind;
  readonly #time = new SimulatedTime();
  readonly #state: ApiState;
  readonly #forge: UnreliableForge;
  readonly #ledger = createForgeLedger(new Database(':memory:'));
  #outbox!: ReturnType<typeof createStatusOutbox>;
  #lives = 0;
  #records = 0;

  readonly #name: string;

  /** Stories at the same forge need names of their own. */
  constructor(kind: Kind, app: Hono, { state, name }: { state: ApiState; name: string }) {
    this.#kind = kind;
    this.#state = state;
    this.#name = name;
    this.#forge = new UnreliableForge(app);
    const refs = new Map([0, 1].map((commit) => [`refs/heads/branch-${commit}`, this.#sha(commit)]));
    this.#ledger.receive('lab', { refs, events: [], at: timestamp(this.#time) });
    this.#start();
  }

  async play(step: Step): Promise<void> {
    switch (step.type) {
      case 'record':
        this.#record(step);
        break;
      case 'decide':
        await this.#forge.decide(step.fate === this.#kind.unless ? 'answered' : step.fate);
        break;
      case 'foreign':
        await this.#overwrite(step);
        break;
      case 'pass':
        await this.#pass(step.milliseconds);
        break;
      case 'lag':
        this.#state.lag = step.lag;
        break;
      case 'arrive':
        await this.#forge.arrive();
        break;
      case 'restart':
        this.#start();
    }
    await idle();
  }

  /** Nothing goes wrong any more. */
  async calmDown(): Promise<void> {
    this.#state.lag = 0;
    while (await this.#forge.arrive());
    this.#outbox.deliver('lab');
    await this.#pass(QUIET);
  }

  /** Pairs of what the store says and what people see. */
  verdicts(): readonly (readonly [string, string])[] {
    return this.#ledger
      .statuses('lab')
      .map((status) => [this.#kind.expected(status), this.#kind.seen(this.#state, status.sha, status.context)]);
  }

  /** The earlier process is dead: it writes nothing more, and no answer reaches it. */
  #start(): void {
    const life = (this.#lives += 1);
    this.#forge.abandon();
    this.#time.clear();
    const ledger = new Proxy(this.#ledger, {
      get: (target, name, receiver) => {
        if (life !== this.#lives) throw new Error('the process is dead');
        return Reflect.get(target, name, receiver) as unknown;
      },
    });
    const api = apiClient(this.#kind.profile, {
      apiUrl: HOST + this.#kind.base,
      token: fixedToken(new Secret('token')),
      log: silentLogger,
      clock: this.#time,
      wait: this.#time.wait,
      random: () => 0.5,
      fetch: this.#forge.fetch,
    });
    const stacks = new Map([['lab', { configuration: { name: 'lab' }, forge: this.#kind.statuses(api) }]]);
    const context = { ledger, log: silentLogger, clock: this.#time, stacks };
    this.#outbox = createStatusOutbox(context, detailOf, { timer: this.#time.timer });
    this.#outbox.deliver('lab');
  }

  #record({ commit, context, state }: Pick<StatusRecord, 'state'> & { commit: number; context: number }): void {
    const description = `Report ${(this.#records += 1)}`;
    const status = { stack: 'lab', sha: this.#sha(commit), context: contexts[context] ?? '', state, description };
    this.#ledger.saveStatus({ ...status, url: `${HOST}/1`, at: timestamp(this.#time) });
    this.#outbox.deliver('lab');
  }

  async #overwrite({ commit, context, state }: { commit: number; context: number; state: StatusState }): Promise<void> {
    const { path, body } = this.#kind.request(this.#sha(commit), { context: contexts[context] ?? '', state });
    await this.#forge.foreign(path, body);
  }

  /** Lets time pass; what is sent meanwhile is answered. */
  async #pass(milliseconds: number): Promise<void> {
    const end = this.#time.now() + milliseconds;
    do {
      await idle();
      while (await this.#forge.decide('answered')) await idle();
    } while (this.#time.step(end));
    await idle();
  }

  #sha(commit: number): string {
    return sha256(`${this.#name} ${commit}`).slice(0, 40);
  }
}

describe.each([
  ['GitHub', github],
  ['GitHub as check runs', githubChecks],
  ['GitHub without the permission for check runs', githubWithoutChecks],
  ['GitLab', gitlab],
])('what %s shows', (_name, kind) => {
  test('is what the store says once all is quiet, whatever failed and in whatever order', async () => {
    const state = emptyState();
    const app = kind.routes(state);
    let stories = 0;
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        for (const list of [state.statuses, state.checkRuns, state.violations]) list.length = 0;
        const story = new Story(kind, app, { state, name: `story ${(stories += 1)}` });
        for (const step of all) await story.play(step);
        await story.calmDown();
        for (const [expected, seen] of story.verdicts()) expect(seen).toBe(expected);
        expect(state.violations).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  });
});
