import { matchesRunner } from '../../pipeline/index.ts';
import { quotedList, sha256, steadyNow, timestamp, type Clock } from '../../kit/index.ts';
import { KnownRunners, type ConfiguredTraits } from './known-runners.ts';
import type { RunnerLedger } from './runner-ledger.ts';
import { isFor, mayTake, obstacleOf, type AskedJob, type RunnerTraits, type Trusted } from './runner-traits.ts';

/** How a machine describes itself. */
export interface MachineInfo {
  readonly version?: string;
  readonly platform?: string;
  readonly architecture?: string;
  readonly executor?: string;
  /** Why it runs no jobs of outsiders that name an image, as a sentence without a full stop. */
  readonly imageObstacle?: string;
}

/** A request of a machine. */
interface Contact {
  /** Empty for one that reports on a job. */
  readonly systemId?: string;
  readonly info?: MachineInfo;
  /** Address that the request came from. */
  readonly address?: string;
}

/** One of the machines that share a runner's token. */
interface Machine {
  /** When it was last in contact, by the steady clock. */
  readonly at: number;
  /** Undefined as long as it has reported on jobs only, since a server's start. */
  readonly info: MachineInfo | undefined;
  readonly address: string | undefined;
}

/** One of the machines of a runner, and how long it has been silent. */
interface KnownMachine {
  readonly systemId: string;
  readonly silence: number;
  readonly info: MachineInfo;
  /** Address of its last request for work; undefined for the embedded runner. */
  readonly address?: string;
}

/** A runner, and what is known of it. */
export interface KnownRunner {
  readonly runner: RunnerTraits;
  readonly isRegistered: boolean;
  /** Whether it was in contact since the server's start. */
  readonly isKnown: boolean;
  /** Milliseconds since its last contact; undefined if all its machines signed off. */
  readonly silence: number | undefined;
  readonly machines: readonly KnownMachine[];
}

/** Milliseconds without contact after which a runner counts as offline, as in GitLab. */
const AWAY = 2 * 3600 * 1000;

/**
 * The runners that a server knows, and when each was last in contact: at the server's start at the earliest, since
 * none could reach it before. Several machines may share a runner's token; they differ in their `system_id`.
 */
export class RunnerRegistry {
  readonly #runners: KnownRunners;
  readonly #clock: Clock;
  readonly #ledger: RunnerLedger;
  readonly #since: number;
  /** Last contacts by runner and machine; empty for a runner whose machines have all signed off. */
  readonly #contacts = new Map<string, Map<string, Machine>>();

  constructor(configured: readonly ConfiguredTraits[], clock: Clock, ledger: RunnerLedger) {
    this.#runners = new KnownRunners(configured, ledger);
    this.#clock = clock;
    this.#ledger = ledger;
    this.#since = steadyNow(clock);
  }

  authenticate(token: string): RunnerTraits | undefined {
    const found = this.#runners.now().byDigest.get(sha256(token));
    return found === undefined || this.#isOver(found.until) ? undefined : found.runner;
  }

  named(name: string): RunnerTraits | undefined {
    return this.#runners.now().byName.get(name);
  }

  /**
   * Returns a runner as it is now, while one of its machines waits for a job; as paused if its token does not count any
   * more.
   */
  current(runner: RunnerTraits, systemId?: string): RunnerTraits {
    const { byName, unregistered } = this.#runners.now();
    const found = byName.get(runner.name);
    const isKnown = found?.id === runner.id && !(found.record === undefined && unregistered.has(found.name));
    return isKnown ? this.#withImageObstacle(found, systemId) : { ...runner, paused: true };
  }

  /** Whether some runner takes jobs of a stack's outsiders. */
  takesUntrusted(stack: string): boolean {
    return this.#registered().some((runner) => runner.untrusted && isFor(runner, { stack }));
  }

  /** Records that a runner requested work, or reported on a job. */
  contacted(runner: string, { systemId = '', info, address }: Contact = {}): void {
    const machines = this.#machinesOf(runner);
    const known = machines.get(systemId);
    const seen = { info: info ?? known?.info, address: address ?? known?.address };
    machines.set(systemId, { at: steadyNow(this.#clock), ...seen });
  }

  /** Refuses a runner's token from now on, also after a restart. */
  unregister(runner: RunnerTraits): void {
    const at = timestamp(this.#clock);
    if (runner.record !== undefined) this.#ledger.removeRunner(runner.record.id, at);
    else this.#ledger.unregister(runner.name, sha256(runner.token ?? ''), at);
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
    return this.#registered().filter((runner) => mayTake(this.#withImageObstacle(runner), pipeline, job));
  }

  /** Returns all runners, with their machines, the last one in contact first. */
  all(): readonly KnownRunner[] {
    const registered = new Set(this.#registered());
    const silences = this.silences();
    const now = steadyNow(this.#clock);
    return this.#runners.now().all.map((runner) => ({
      runner,
      isRegistered: registered.has(runner),
      isKnown: this.isKnown(runner.name),
      silence: silences.get(runner.name),
      machines: [...(this.#contacts.get(runner.name) ?? [])]
        .map(([systemId, { at, info = {}, address }]) => ({ systemId, silence: now - at, info, address }))
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
    const { all, unregistered } = this.#runners.now();
    return all.filter(({ name, record }) =>
      record === undefined ? !unregistered.has(name) : !this.#isOver(record.expiresAt),
    );
  }

  #isOver(until: string | undefined): boolean {
    return until !== undefined && until <= timestamp(this.#clock);
  }

  #unmatched(pipeline: Trusted, job: AskedJob): string {
    const own = this.#registered().filter((runner) => isFor(runner, pipeline));
    const tagged = own.filter((runner) => matchesRunner(job, runner, { protectedRef: true }));
    const { tags } = job;
    if (tagged.length === 0 && tags.length === 0) return 'No runner takes jobs without tags';
    if (tagged.length === 0) return `No runner has the ${tags.length === 1 ? 'tag' : 'tags'} ${quotedList(tags)}`;
    const obstacle = tagged.map(obstacleOf).find((one) => one !== undefined);
    if (obstacle !== undefined) return obstacle;
    const isImageOfFork = pipeline.trust === 'untrusted' && job.image !== undefined;
    const isolating = isImageOfFork ? tagged.filter(({ untrusted }) => untrusted) : [];
    const [imageObstacle] = isolating.flatMap((runner) => this.#withImageObstacle(runner).imageObstacle ?? []);
    if (imageObstacle !== undefined) return imageObstacle;
    const isOnlyProtected = pipeline.trust !== 'protected' && tagged.every((runner) => runner.protectedOnly);
    return `${isOnlyProtected ? 'None but jobs of protected refs' : 'No jobs of forks'} are taken by ${named(tagged)}`;
  }

  /** Adds what one machine of a runner cannot do, or by default what none of them can. */
  #withImageObstacle(runner: RunnerTraits, systemId?: string): RunnerTraits {
    const machines = this.#contacts.get(runner.name) ?? new Map<string, Machine>();
    const one = systemId === undefined ? undefined : machines.get(systemId);
    const described = one === undefined ? [...machines.values()] : [one];
    const obstacles = described.flatMap(({ info }) => (info === undefined ? [] : [info.imageObstacle]));
    const [imageObstacle] = obstacles;
    return imageObstacle === undefined || obstacles.includes(undefined) ? runner : { ...runner, imageObstacle };
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
