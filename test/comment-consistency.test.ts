import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createCommentOutbox } from '../src/coordinator/comments/comment-outbox.ts';
import type { RequestRecord } from '../src/coordinator/index.ts';
import { apiClient } from '../src/forge/api/api-client.ts';
import { fixedToken } from '../src/forge/api/token-source.ts';
import { githubProfile } from '../src/forge/github/github-profile.ts';
import { issueComments } from '../src/forge/github/issue-comments.ts';
import { gitlabProfile } from '../src/forge/gitlab/gitlab-profile.ts';
import { notes } from '../src/forge/gitlab/notes.ts';
import { Secret } from '../src/kit/index.ts';
import { Database, createForgeLedger } from '../src/store/index.ts';
import { emptyState } from './support/empty-state.ts';
import { githubApiRoutes } from './support/github-api.ts';
import { StandInApp } from './support/github-app.ts';
import { gitlabApiRoutes } from './support/gitlab-api.ts';
import { silentLogger } from './support/silent-logger.ts';
import { lag, type ApiState } from './support/stand-in-api.ts';
import { SimulatedTime, UnreliableForge, idle, type Fate } from './support/unreliable-forge.ts';

const RUNS = Number(process.env.SLIPWAY_TEST_RUNS ?? 50);
/** How long a list lags behind, and how long a request is on its way, at most. */
const LONGEST_LAG = 45_000;
const QUIET = 9_000_000;
const HOST = 'http://forge.test';

type Step =
  | { readonly type: 'decide'; readonly fate: Fate }
  | { readonly type: 'pass'; readonly milliseconds: number }
  | { readonly type: 'change'; readonly isUrgent: boolean }
  | { readonly type: 'lag' | 'arrive' | 'restart' };

const fates = fc.constantFrom<Fate>(
  'answered',
  'answered',
  'answered',
  'lost',
  'lost',
  'late',
  'broken',
  { status: 502 },
  { status: 502, isDone: true },
  { status: 403, message: 'You have exceeded a secondary rate limit' },
  { status: 403, message: 'The conversation is locked' },
  { status: 403, message: 'Resource not accessible by integration' },
  { status: 429, headers: { 'retry-after': '3' } },
);
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 12, arbitrary: fc.record({ type: fc.constant('decide' as const), fate: fates }) },
    { weight: 4, arbitrary: fc.record({ type: fc.constant('change' as const), isUrgent: fc.boolean() }) },
    {
      weight: 3,
      arbitrary: fc.record({ type: fc.constant('pass' as const), milliseconds: fc.integer({ min: 1, max: 40_000 }) }),
    },
    {
      weight: 4,
      arbitrary: fc.record({ type: fc.constantFrom('lag' as const, 'arrive' as const, 'restart' as const) }),
    },
  ),
  { maxLength: 60 },
);

const request: RequestRecord = {
  stack: 'lab',
  number: '7',
  title: 'Change',
  state: 'open',
  headSha: 'a'.repeat(40),
  baseSha: 'b'.repeat(40),
  baseBranch: 'main',
  fork: false,
  author: 'ada',
};
const pull = { number: 7, author: 'ada', branch: 'topic', isFork: false, draft: false, title: 'Change', base: 'main' };

const github = {
  profile: githubProfile,
  base: '/api/v3',
  routes: (state: ApiState) => githubApiRoutes(state, new StandInApp(state.full)),
  comment: (api: ReturnType<typeof apiClient>) => issueComments(api, 'lab/stack'),
};
const gitlab: typeof github = {
  profile: gitlabProfile,
  base: '/api/v4',
  routes: (state) => gitlabApiRoutes(Object.assign(state, { notes: [], mostJobs: 1000, train: [] })),
  comment: (api) => notes(api, '/projects/lab%2Fstack'),
};

/** A server that comments on one request, and a forge at the end of an unreliable line. */
class Story {
  readonly #kind: typeof github;
  readonly #state: ApiState;
  readonly #time = new SimulatedTime();
  readonly #forge: UnreliableForge;
  readonly #ledger = createForgeLedger(new Database(':memory:'));
  #outbox!: ReturnType<typeof createCommentOutbox>;
  #lives = 0;
  #lagUntil = 0;
  #occasion = 1;
  #text = 1;

  constructor(kind: typeof github, state: ApiState, forge: UnreliableForge) {
    this.#kind = kind;
    this.#state = state;
    this.#forge = forge;
    this.#start();
    this.#change();
  }

  get expected(): string {
    return `<!-- slipway lab -->\nText ${this.#text}`;
  }

  async play(step: Step): Promise<void> {
    switch (step.type) {
      case 'decide':
        await this.#forge.decide(step.fate);
        break;
      case 'pass':
        await this.#pass(step.milliseconds);
        while (await this.#forge.arrive());
        break;
      case 'change':
        this.#text += 1;
        if (step.isUrgent) this.#occasion += 1;
        this.#change();
        break;
      case 'lag':
        lag(this.#state);
        this.#lagUntil = this.#time.now() + LONGEST_LAG;
        break;
      case 'arrive':
        await this.#forge.arrive();
        break;
      case 'restart':
        this.#start();
    }
    await idle();
  }

  /** Nothing goes wrong any more. A server that may not comment tries again at its next start. */
  async calmDown(): Promise<void> {
    while (await this.#forge.arrive());
    this.#start();
    await this.#pass(QUIET);
  }

  #change(): void {
    this.#ledger.saveRequest(request);
    this.#outbox.deliver('lab');
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
    const stacks = new Map([['lab', { configuration: { name: 'lab' }, forge: { comment: this.#kind.comment(api) } }]]);
    const source = { occasion: () => String(this.#occasion), text: async () => `Text ${this.#text}` };
    const context = { ledger, log: silentLogger, clock: this.#time, stacks };
    this.#outbox = createCommentOutbox(context, source, { timer: this.#time.timer });
    this.#outbox.deliver('lab');
  }

  /** Lets time pass; what is sent meanwhile is answered. */
  async #pass(milliseconds: number): Promise<void> {
    const end = this.#time.now() + milliseconds;
    do {
      if (this.#time.now() >= this.#lagUntil) delete this.#state.stale;
      await idle();
      while (await this.#forge.decide('answered')) await idle();
    } while (this.#time.step(end));
    await idle();
  }
}

describe.each([
  ['GitHub', github],
  ['GitLab', gitlab],
])('the comments of ours that %s has', (_name, kind) => {
  test('are one with the newest text once all is quiet, whatever failed and however lists lagged', async () => {
    const state = emptyState();
    const app = kind.routes(state);
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        for (const list of [state.comments, state.violations]) list.length = 0;
        delete state.stale;
        state.pulls.set(7, { ...pull, state: 'open', merged: false, head: request.headSha });
        const story = new Story(kind, state, new UnreliableForge(app));
        for (const step of all) await story.play(step);
        await story.calmDown();
        expect(state.comments.map(({ body }) => body)).toEqual([story.expected]);
        expect(state.violations).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  });
});
