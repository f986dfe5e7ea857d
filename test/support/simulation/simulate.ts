import * as fc from 'fast-check';
import { vi } from 'vitest';
import { actOnJob, actOnPipeline } from '../../../src/coordinator/index.ts';
import { isFinal, type PipelineEvent } from '../../../src/pipeline/index.ts';
import { SlipwayError } from '../../../src/kit/index.ts';
import { createPipelineLedger } from '../../../src/store/index.ts';
import { documents } from '../random-plans.ts';
import { Checks } from './checks.ts';
import { delay } from './network.ts';
import { Random } from './random.ts';
import { SimulatedRunner } from './simulated-runner.ts';
import { SimulatedServer, runners } from './simulated-server.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const START = Date.parse('2026-12-01T00:00:00Z');
/** Within this time all pipelines end once nothing fails any more. */
const LONGEST = 8 * HOUR;
/** Commits of one simulation; each has a pipeline, and perhaps children. */
export const PUSHES = 10;

const triggers = fc.record({
  include: fc.constantFrom('child.yml', 'other.yml', 'parent.yml'),
  strategy: fc.constantFrom('depend', 'depend', 'mirror', undefined),
});
const lowest = withoutResources(documents(fc.record({ include: fc.constant('missing.yml') }), 3));
const lower = withoutResources(
  documents(fc.record({ include: fc.constant('lowest.yml'), strategy: fc.constant('depend') }), 4),
);
const workflows = fc.constantFrom(
  {},
  { workflow: { auto_cancel: { on_job_failure: 'all' } } },
  { workflow: { auto_cancel: { on_new_commit: 'interruptible' } } },
  { workflow: { auto_cancel: { on_new_commit: 'none' } } },
);
const commits = fc.record({
  '.gitlab-ci.yml': fc
    .tuple(documents(triggers, 7), workflows)
    .map(([text, workflow]) => JSON.stringify({ ...JSON.parse(text), ...workflow })),
  'child.yml': lower,
  'other.yml': lowest,
  'lowest.yml': lowest,
});

/** A trigger job keeps its resource while its child runs: a child that asks for the same one would wait forever. */
function withoutResources(texts: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return texts.map((text) =>
    JSON.stringify(JSON.parse(text), (key, value: unknown) => (key === 'resource_group' ? undefined : value)),
  );
}

export interface Outcome {
  readonly violations: readonly string[];
  readonly trace: readonly string[];
  /** How many jobs succeeded, failed, and so on. */
  readonly jobs: ReadonlyMap<string, number>;
  readonly crashes: number;
}

export interface SimulationFiles {
  readonly template: string;
  readonly root: string;
}

/** Plays one simulation to its end: `PUSHES` pipelines under faults, then without them until everything has ended. */
export async function simulate(seed: number, files: SimulationFiles): Promise<Outcome> {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: START });
  try {
    return await new Simulation(seed, files).play();
  } finally {
    vi.clearAllTimers();
    vi.useRealTimers();
  }
}

class Simulation {
  readonly #seed: number;
  readonly #random: Random;
  readonly #checks = new Checks();
  readonly #server: SimulatedServer;
  readonly #runners: readonly SimulatedRunner[];
  readonly #heads: string[] = [];

  constructor(seed: number, files: SimulationFiles) {
    this.#seed = seed;
    this.#random = new Random(seed);
    const setting = { random: this.#random, checks: this.#checks };
    this.#server = new SimulatedServer({ ...files, ...setting });
    this.#runners = runners.map((traits) => new SimulatedRunner(traits, { server: this.#server, ...setting }));
  }

  async play(): Promise<Outcome> {
    const server = this.#server;
    const [own, ...others] = this.#runners;
    server.onStart(() => own?.restart());
    server.start();
    for (const runner of others) runner.restart();
    void this.#push();
    void this.#disturb();
    await this.#passUntil(() => this.#heads.length === PUSHES, HOUR);
    await this.#passUntil(() => false, this.#random.between(1, 10) * MINUTE);
    this.#checks.note('no faults from here on');
    server.network.isFaulty = false;
    if (!server.process.isDead) server.process.dieAfter(Number.POSITIVE_INFINITY);
    void this.#playManual();
    if (!(await this.#passUntil(() => this.#isOver(), LONGEST))) this.#reportStuck();
    else this.#checkEnd();
    const count = 'SELECT status, COUNT(*) AS count FROM job_runs GROUP BY status';
    // A violation may end the simulation while the server is dead.
    const rows = server.process.isDead ? [] : server.process.database.all(count);
    const jobs = new Map(rows.map(({ status, count }) => [String(status), Number(count)]));
    server.process.kill();
    const { trace, violations } = this.#checks;
    return { trace, violations, jobs, crashes: server.starts - 1 };
  }

  /** Lets simulated time pass. Returns false if the condition did not become true in time. */
  async #passUntil(condition: () => boolean, longest: number): Promise<boolean> {
    const end = Date.now() + longest;
    for (let step = 0; Date.now() < end; step += 1) {
      if (step % 20 === 0 && condition()) return true;
      if (this.#checks.violations.length > 0) return false;
      vi.advanceTimersToNextTimer();
      await this.#idle();
      if (this.#server.process.isDead) await this.#restart();
    }
    return false;
  }

  async #restart(): Promise<void> {
    this.#checks.note('the server is dead');
    const up = Date.now() + this.#random.between(0, 90) * SECOND;
    while (Date.now() < up) {
      vi.advanceTimersToNextTimer();
      await this.#idle();
    }
    this.#server.start();
    await this.#idle();
  }

  /** Resolves when nothing can go on before simulated time passes. */
  async #idle(): Promise<void> {
    do {
      await Promise.all(this.#checks.files);
      await new Promise(setImmediate);
    } while (this.#checks.files.size > 0);
  }

  async #push(): Promise<void> {
    const random = this.#random;
    const { forge } = this.#server;
    for (const files of fc.sample(commits, { numRuns: PUSHES, seed: this.#seed })) {
      await delay(random.between(0, 60) * SECOND);
      const branch = random.pick(['main', 'release-1', 'change']) as string;
      const sha = forge.push(branch, files);
      this.#heads.push(sha);
      this.#checks.note(`push of ${sha.slice(0, 8)} to ${branch}`);
      const isRequest = branch === 'change';
      forge.happens(isRequest ? forge.request('7', sha) : { type: 'branch-pushed', branch, sha });
    }
  }

  /** Crashes runners, and does what people do at bad moments. */
  async #disturb(): Promise<void> {
    const random = this.#random;
    while (this.#server.network.isFaulty) {
      await delay(random.between(1, 60) * SECOND);
      if (random.chance(0.05)) this.#runners[random.between(1, 2)]?.restart();
      const record = random.pick(this.#live(({ pipelines }) => pipelines.list({})) ?? []);
      if (record === undefined || random.chance(0.5)) continue;
      const name = random.pick(Object.keys(this.#live(({ pipelines }) => pipelines.state(record.id).jobs) ?? {})) ?? '';
      const action = random.pick(['retry', 'retry', 'play', 'play', 'cancel'] as const) ?? 'play';
      if (random.chance(0.2))
        this.#act(() => actOnPipeline(this.#server.coordinator, record.id, action === 'cancel' ? 'cancel' : 'retry'));
      else this.#act(() => actOnJob(this.#server.coordinator, { pipeline: record.id, name }, { action }));
    }
  }

  /** Starts what waits for a person, until nothing does. */
  async #playManual(): Promise<void> {
    for (;;) {
      await delay(20 * SECOND);
      const open = this.#live(({ pipelines }) => pipelines.active().map(({ id }) => pipelines.state(id))) ?? [];
      for (const { id, jobs } of open)
        for (const { name, status } of Object.values(jobs))
          if (status === 'manual')
            this.#act(() => actOnJob(this.#server.coordinator, { pipeline: id, name }, { action: 'play' }));
    }
  }

  /** What a person asks for may be refused, or cut off by the death of the server. */
  #act(action: () => unknown): void {
    this.#live(() => {
      try {
        action();
      } catch (error) {
        if (!(error instanceof SlipwayError)) throw error;
      }
    });
  }

  /** Reads from the server; undefined if it is dead. */
  #live<Result>(read: (context: SimulatedServer['context']) => Result): Result | undefined {
    try {
      return this.#server.process.isDead ? undefined : read(this.#server.context);
    } catch (error) {
      if (!this.#server.process.isDead) throw error;
      return undefined;
    }
  }

  #isOver(): boolean {
    const over = this.#live(
      ({ pipelines, ledger }) =>
        pipelines.active().length === 0 &&
        pipelines.runsInStatus(['pending', 'running', 'canceling']).length === 0 &&
        ledger.pendingEvents('lab').length === 0 &&
        ledger.unpostedStatuses('lab').length === 0,
    );
    return over === true && this.#heads.length === PUSHES;
  }

  #reportStuck(): void {
    const { pipelines, ledger } = this.#server.context;
    if (this.#checks.violations.length > 0) return;
    for (const { id, status } of pipelines.active()) {
      const open = Object.values(pipelines.state(id).jobs).filter((job) => !isFinal(job.status));
      this.#checks.violated(
        `pipeline ${id} is stuck: ${status}; ${open.map((job) => `${job.name} ${job.status}`).join()}`,
      );
    }
    for (const run of pipelines.runsInStatus(['pending', 'running', 'canceling']))
      this.#checks.violated(`job ${run.id} (${run.name} of ${run.pipeline}) is stuck: ${run.status}`);
    for (const { sha, state } of ledger.unpostedStatuses('lab'))
      this.#checks.violated(`status ${state} of ${sha.slice(0, 8)} was not posted`);
    this.#checks.violated('something is stuck');
  }

  #checkEnd(): void {
    const { context, process } = this.#server;
    const retries = new Map<string, number>();
    for (const row of process.database.all('SELECT pipeline, event FROM pipeline_events')) {
      const event = JSON.parse(String(row.event)) as PipelineEvent;
      const job = event.type === 'retry' ? `${row.pipeline} ${event.job}` : '';
      retries.set(job, (retries.get(job) ?? 0) + 1);
    }
    this.#checks.ended(context, { heads: this.#heads, retries });
    const stored = createPipelineLedger(process.database);
    for (const { id } of context.pipelines.list({}))
      if (JSON.stringify(stored.state(id)) !== JSON.stringify(context.pipelines.state(id)))
        this.#checks.violated(`pipeline ${id} is stored in another state than the server has in memory`);
  }
}
