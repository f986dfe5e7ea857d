import type { Hono } from 'hono';
import type { ConfiguredTraits } from '../../../src/coordinator/index.ts';
import { createApp } from '../../../src/server/app.ts';
import { createFeed, createNotificationLedger } from '../../../src/store/index.ts';
import type { Lab } from '../coordinator.ts';
import { heapBytes } from '../heap-bytes.ts';
import { FleetRunner } from './fleet-runner.ts';
import type { Random } from './random.ts';

const TAGS = [[], ['arm'], ['gpu'], ['arm', 'large']] as const;
/** Longer than a runner has to confirm its job. */
const CONFIRMATION_MS = 6 * 60_000;

export interface FleetSize {
  readonly runners: number;
  readonly jobs: number;
  readonly kills: number;
}

export interface FleetResult {
  /** How many runners each job was given to, by pipeline and name. */
  readonly given: ReadonlyMap<string, number>;
  readonly kills: number;
  /** The most heap in use after a restart of the server, beyond what this process used before. */
  readonly peakBytes: number;
}

/** The runners of a fleet: a quarter for each set of tags. */
export function fleetRunners(count: number): readonly ConfiguredTraits[] {
  return Array.from({ length: count }, (_, index) => ({
    id: index + 1,
    name: `runner-${index}`,
    token: `glrt-runner-${index}`,
    concurrency: 1,
    tags: TAGS[index % TAGS.length] as readonly string[],
    runUntagged: index % TAGS.length === 0,
    protectedOnly: false,
    untrusted: true,
  }));
}

/** Many runners over the server's HTTP app and its store on disk. The server dies now and then, and starts again. */
export class Fleet {
  readonly #lab: Lab;
  readonly #random: Random;
  readonly #size: FleetSize;
  readonly #runners: readonly FleetRunner[];
  #app: Hono;
  #kills = 0;
  #isDying = false;
  #peakBytes = 0;

  constructor(lab: Lab, size: FleetSize, random: Random) {
    this.#lab = lab;
    this.#random = random;
    this.#size = size;
    this.#app = this.#createApp();
    // The app of a killed server may still finish an answer, which must not reach a runner.
    const send = async (path: string, init: RequestInit) => {
      const answer = await this.#app.request(`http://127.0.0.1:1${path}`, init);
      return this.#lab.isDead ? new Response(undefined, { status: 503 }) : answer;
    };
    this.#runners = fleetRunners(size.runners).map(({ token }) => new FleetRunner(token, { send, random }));
  }

  async run(): Promise<FleetResult> {
    const before = heapBytes();
    await this.#push();
    for (let idle = 0; !this.#isOver();) {
      const steps = await Promise.all(this.#runners.map((runner) => runner.step()));
      if (this.#lab.isDead) await this.#restart();
      else if (this.#isTimeToDie()) this.#decideDeath();
      idle = steps.includes('worked') ? 0 : idle + 1;
      // What is left reached no runner: the server died before it answered.
      if (idle > 2) this.#lab.tick(CONFIRMATION_MS);
      if (idle > 10) throw new Error(`the fleet has nothing to do after ${this.#kills} deaths, and jobs are left`);
    }
    return { given: this.#given(), kills: this.#kills, peakBytes: this.#peakBytes - before };
  }

  /** Jobs of one pipeline. */
  get #share(): number {
    return Math.ceil(this.#size.jobs / (this.#size.kills + 1));
  }

  #createApp(): Hono {
    const { coordinator, access, database } = this.#lab;
    const [feed, notifications] = [createFeed(database), createNotificationLedger(database)];
    const none = { page: '', wake: () => false, poll: async () => {} };
    return createApp(coordinator, { access, feed, notifications, ...none });
  }

  /** The server dies at one of the next writes: there are several for each job that is left. */
  #decideDeath(): void {
    this.#isDying = true;
    this.#lab.killAfter(this.#random.between(0, Math.ceil(this.#share / 2)));
  }

  async #restart(): Promise<void> {
    this.#kills += 1;
    this.#isDying = false;
    await this.#lab.reopen();
    this.#app = this.#createApp();
    this.#peakBytes = Math.max(this.#peakBytes, heapBytes());
    await this.#push();
  }

  /** A pull request whose pipeline has its share of the jobs; there is one at the start, and one after each death. */
  async #push(): Promise<void> {
    const sha = this.#lab.forge.push(`change-${this.#kills}`, { '.gitlab-ci.yml': pipelineOf(this.#share) });
    await this.#lab.happens(this.#lab.forge.request(String(this.#kills + 1), sha));
  }

  /** Before each death a part of the jobs ends. */
  #isTimeToDie(): boolean {
    const ended = this.#runners.reduce((sum, { jobs }) => sum + jobs.length, 0);
    const { jobs, kills } = this.#size;
    return !this.#isDying && this.#kills < kills && ended > ((this.#kills + 0.5) * jobs) / (kills + 1);
  }

  #isOver(): boolean {
    if (this.#lab.isDead || this.#kills < this.#size.kills) return false;
    return this.#lab.context.pipelines.active().length === 0;
  }

  #given(): ReadonlyMap<string, number> {
    const given = new Map<string, number>();
    for (const id of this.#runners.flatMap(({ jobs }) => jobs)) {
      const run = this.#lab.context.pipelines.run(id);
      const key = `${run?.pipeline} ${run?.name}`;
      given.set(key, (given.get(key) ?? 0) + 1);
    }
    return given;
  }
}

/** Jobs with tags in turn, each of which needs one of a few before it. */
function pipelineOf(jobs: number): string {
  const all = Array.from({ length: jobs }, (_, index) => {
    const needs = index < 50 ? [] : [`j${index - 50}`];
    return [`j${index}`, { script: ['true'], needs, tags: TAGS[index % TAGS.length] }] as const;
  });
  return JSON.stringify(Object.fromEntries(all));
}
