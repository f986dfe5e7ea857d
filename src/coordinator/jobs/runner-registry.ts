import { matchesRunner, type PipelineRecord } from '../../pipeline/index.ts';
import type { JobPlan } from '../../gitlab/index.ts';
import { quotedList, sha256, steadyNow, timestamp, type Clock, isSameToken } from '../../kit/index.ts';
import type { RunnerLedger } from '../ports.ts';
import type { ResourceNeeds } from '../resources/expected-resources.ts';

/** What the scheduler knows of a runner. */
export interface RunnerTraits {
  /** A number, as the runner API has it; never 0. */
  readonly id: number;
  readonly name: string;
  /** Authenticates it. */
  readonly token: string;
  /** Jobs that it may have at once. */
  readonly concurrency: number;
  /** Of one of its jobs; 1 by default. */
  readonly cores?: number;
  /** What its machine has for all of its jobs together. Absent: not known. */
  readonly capacity?: ResourceNeeds;
  readonly tags: readonly string[];
  readonly runUntagged: boolean;
  readonly protectedOnly: boolean;
  /** Takes jobs of outsiders. */
  readonly untrusted: boolean;
  /** What it builds for pull requests of the team may be promoted. */
  readonly trusted?: boolean;
  /** Why it takes no job at all, as a sentence without a full stop. */
  readonly obstacle?: string;
  /** Whether the server itself runs its jobs. */
  readonly embedded?: boolean;
  readonly sandbox?: 'always' | 'never';
  /** Why it takes no jobs of outsiders that name an image, as a sentence without a full stop. */
  readonly imageObstacle?: string;
}

/** How a machine describes itself. */
export interface MachineInfo {
  readonly version?: string;
  readonly platform?: string;
  readonly architecture?: string;
  readonly executor?: string;
}

/** One of the machines that share a runner's token. */
interface Machine {
  /** When it was last in contact, by the steady clock. */
  readonly at: number;
  readonly info: MachineInfo;
}

/** A runner of the configuration, and what is known of it. */
export interface KnownRunner {
  readonly runner: RunnerTraits;
  readonly isRegistered: boolean;
  /** Whether it was in contact since the server's start. */
  readonly isKnown: boolean;
  /** Milliseconds since its last contact; undefined if all its machines signed off. */
  readonly silence: number | undefined;
  readonly machines: readonly { readonly systemId: string; readonly silence: number; readonly info: MachineInfo }[];
}

type Trusted = Pick<PipelineRecord, 'trust'>;
/** What decides which runners may take a job. */
export type AskedJob = Pick<JobPlan, 'kind' | 'tags' | 'image'>;

/** Milliseconds without contact after which a runner counts as offline, as in GitLab. */
const AWAY = 2 * 3600 * 1000;

/** Whether a runner may take a job of a pipeline at all. */
export function mayTake(runner: RunnerTraits, { trust }: Trusted, job: AskedJob): boolean {
  if (trust === 'untrusted' && job.image !== undefined && runner.imageObstacle !== undefined) return false;
  if (job.kind !== 'script' || runner.obstacle !== undefined || (trust === 'untrusted' && !runner.untrusted))
    return false;
  return matchesRunner(job, runner, { protectedRef: trust === 'protected' });
}

/**
 * The runners that a server knows, and when each was last in contact: at the server's start at the earliest, since
 * none could reach it before. Several machines may share a runner's token; they differ in their `system_id`.
 */
export class RunnerRegistry {
  readonly #runners: readonly RunnerTraits[];
  readonly #clock: Clock;
  readonly #ledger: RunnerLedger;
  readonly #since: number;
  /** Last contacts by runner and machine; empty for a runner whose machines have all signed off. */
  readonly #contacts = new Map<string, Map<string, Machine>>();

  constructor(runners: readonly RunnerTraits[], clock: Clock, ledger: RunnerLedger) {
    this.#runners = runners;
    this.#clock = clock;
    this.#ledger = ledger;
    this.#since = steadyNow(clock);
  }

  authenticate(token: string): RunnerTraits | undefined {
    return this.#registered().find((runner) => isSameToken(token, runner.token));
  }

  named(name: string): RunnerTraits | undefined {
    return this.#runners.find((runner) => runner.name === name);
  }

  /** Records that a runner requested work, or reported on a job. */
  contacted(runner: string, systemId = '', info?: MachineInfo): void {
    const machines = this.#machinesOf(runner);
    machines.set(systemId, { at: steadyNow(this.#clock), info: info ?? machines.get(systemId)?.info ?? {} });
  }

  /** Refuses a runner's token from now on, also after a restart. */
  unregister(runner: RunnerTraits): void {
    this.#ledger.unregister(runner.name, sha256(runner.token), timestamp(this.#clock));
  }

  /** One machine of a runner has gone; others with the same token stay. */
  signedOff(runner: string, systemId: string): void {
    const machines = this.#machinesOf(runner);
    machines.delete(systemId);
    machines.delete('');
  }

  /**
   * Returns why no runner can take a script job at present, as a sentence; undefined if one could. GitLab calls such
   * jobs stuck.
   */
  obstacle(pipeline: Trusted, job: AskedJob): string | undefined {
    const able = this.takers(pipeline, job);
    if (able.length === 0) return this.#unmatched(pipeline, job);
    const contacts = able.map(({ name }) => this.#lastContact(name));
    const latest = Math.max(...contacts.filter((time) => time !== undefined));
    if (latest === Number.NEGATIVE_INFINITY) return `No machine is left of ${named(able)}`;
    const silence = steadyNow(this.#clock) - latest;
    if (silence < AWAY) return undefined;
    const since = new Date(this.#clock.now() - silence).toISOString();
    return `There has been no contact from ${named(able)} since ${since}`;
  }

  /** Returns how many of the jobs like this one can run at once; at least 1. */
  capacity(pipeline: Trusted, job: AskedJob): number {
    return Math.max(
      1,
      this.takers(pipeline, job).reduce((sum, { concurrency }) => sum + concurrency, 0),
    );
  }

  /** Returns the runners that may take a job, whether they are in contact or not. */
  takers(pipeline: Trusted, job: AskedJob): readonly RunnerTraits[] {
    return this.#registered().filter((runner) => mayTake(runner, pipeline, job));
  }

  /** Returns all runners of the configuration, with their machines, the last one in contact first. */
  all(): readonly KnownRunner[] {
    const registered = new Set(this.#registered());
    const silences = this.silences();
    const now = steadyNow(this.#clock);
    return this.#runners.map((runner) => ({
      runner,
      isRegistered: registered.has(runner),
      isKnown: this.isKnown(runner.name),
      silence: silences.get(runner.name),
      machines: [...(this.#contacts.get(runner.name) ?? [])]
        .map(([systemId, { at, info }]) => ({ systemId, silence: now - at, info }))
        .toSorted((a, b) => a.silence - b.silence),
    }));
  }

  /**
   * Returns the milliseconds since the last contact of each registered runner; undefined if all machines signed off.
   */
  silences(): ReadonlyMap<string, number | undefined> {
    const now = steadyNow(this.#clock);
    return new Map(
      this.#registered().map(({ name }) => {
        const contact = this.#lastContact(name);
        return [name, contact === undefined ? undefined : now - contact];
      }),
    );
  }

  /** Returns whether a runner was in contact since the server's start. */
  isKnown(name: string): boolean {
    return this.#contacts.has(name);
  }

  #registered(): readonly RunnerTraits[] {
    return this.#runners.filter(({ name, token }) => !this.#ledger.isUnregistered(name, sha256(token)));
  }

  #unmatched(pipeline: Trusted, job: AskedJob): string {
    const tagged = this.#registered().filter((runner) => matchesRunner(job, runner, { protectedRef: true }));
    const { tags } = job;
    if (tagged.length === 0 && tags.length === 0) return 'No runner takes jobs without tags';
    if (tagged.length === 0) return `No runner has the ${tags.length === 1 ? 'tag' : 'tags'} ${quotedList(tags)}`;
    const obstacle = tagged.find((runner) => runner.obstacle !== undefined)?.obstacle;
    if (obstacle !== undefined) return obstacle;
    const held = tagged.find((runner) => runner.untrusted && runner.imageObstacle !== undefined)?.imageObstacle;
    if (pipeline.trust === 'untrusted' && job.image !== undefined && held !== undefined) return held;
    const isOnlyProtected = pipeline.trust !== 'protected' && tagged.every((runner) => runner.protectedOnly);
    return `${isOnlyProtected ? 'None but jobs of protected refs' : 'No jobs of forks'} are taken by ${named(tagged)}`;
  }

  #machinesOf(runner: string): Map<string, Machine> {
    const machines = this.#contacts.get(runner) ?? new Map<string, Machine>();
    this.#contacts.set(runner, machines);
    return machines;
  }

  /** Returns when the runner was last in contact; undefined if all its machines have signed off. */
  #lastContact(runner: string): number | undefined {
    const machines = this.#contacts.get(runner);
    if (machines === undefined) return this.#since;
    return machines.size === 0 ? undefined : Math.max(...Array.from(machines.values(), ({ at }) => at));
  }
}

function named(runners: readonly RunnerTraits[]): string {
  return `${runners.length === 1 ? 'runner' : 'runners'} ${quotedList(runners.map(({ name }) => name))}`;
}
