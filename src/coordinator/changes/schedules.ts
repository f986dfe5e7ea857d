import { Cron } from 'croner';
import { LONGEST_WAIT, SlipwayError, messageOf, systemTimer } from '../../kit/index.ts';
import type { Stack } from '../context.ts';
import type { Coordinator } from '../coordinator.ts';
import { mayPass } from '../images/publish-again.ts';
import { rebaseImages } from '../images/rebase/rebase-images.ts';
import type { ScheduleConfiguration, Times } from '../configuration/schedule-configuration.ts';
import { beginRequested } from './requested-pipeline.ts';

/** Milliseconds until bases that could not be read are compared again. */
const COMPARED_AGAIN_MS = 600_000;

/**
 * When a schedule is due next, in milliseconds since 1970; undefined for a pattern that never comes. `every` counts
 * from 1970, so that a server's restart shifts nothing. Cron patterns are meant in UTC.
 */
export function nextRun({ cron, every }: Times, after: number): number | undefined {
  if (every !== undefined) {
    const interval = every * 1000;
    return (Math.floor(after / interval) + 1) * interval;
  }
  return new Cron(cron as string, { timezone: 'UTC' }).nextRun(new Date(after))?.getTime();
}

/** Polls the stack's remote, so that the branch's tip is known. */
type Poll = (stack: string) => Promise<void>;

/** Work that is due at certain times. It returns the milliseconds until it is to be repeated; undefined if it is not. */
interface Scheduled {
  readonly times: Times;
  work(): Promise<number | undefined>;
}

/**
 * Starts the pipelines that stacks schedule, and compares the bases of their images. `start` once, `stop` once. What
 * was due while no server ran is not made up for.
 */
export class Schedules {
  readonly #coordinator: Pick<Coordinator, 'begin' | 'publishSoon' | 'context'>;
  readonly #poll: Poll;
  readonly #timers = new Map<Scheduled, () => void>();
  readonly #running = new Set<Promise<void>>();
  #stopped = false;

  constructor(coordinator: Pick<Coordinator, 'begin' | 'publishSoon' | 'context'>, poll: Poll) {
    this.#coordinator = coordinator;
    this.#poll = poll;
  }

  start(): void {
    for (const stack of this.#coordinator.context.stacks.values()) {
      const { schedules, rebase: times } = stack.configuration;
      for (const schedule of schedules) this.#plan({ times: schedule, work: () => this.run(stack, schedule) });
      if (times !== undefined) this.#plan({ times, work: () => this.rebase(stack) });
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const cancel of this.#timers.values()) cancel();
    await Promise.all(this.#running);
  }

  /**
   * Starts the schedule's pipeline now, unless one of the same commit is running. Faults of the stack are logged.
   */
  async run(stack: Stack, schedule: ScheduleConfiguration): Promise<undefined> {
    const { name } = stack.configuration;
    const { ref } = schedule;
    const { log } = this.#coordinator.context;
    try {
      await this.#poll(name);
      const pipeline = this.#runningPipeline(name, schedule);
      if (pipeline === undefined) await beginRequested(this.#coordinator, stack, { ref, source: 'schedule' });
      else log.info({ stack: name, ref, pipeline }, 'schedule left out: its commit has a pipeline that runs');
    } catch (error) {
      const code = error instanceof SlipwayError ? error.code : undefined;
      log.warn({ stack: name, ref, code, error: messageOf(error) }, 'scheduled pipeline was not created');
    }
  }

  /** Builds images again whose base has moved. Returns when to compare again what could not be read at present. */
  async rebase(stack: Stack): Promise<number | undefined> {
    const { name } = stack.configuration;
    const { log, audit } = this.#coordinator.context;
    const about = { who: 'server', action: 'image.rebase', stack: name };
    try {
      await this.#poll(name);
      const outcomes = await rebaseImages(this.#coordinator, stack, {});
      const rebuilt = outcomes.flatMap((one) => one.rebuilt?.id ?? []).join(' ');
      if (rebuilt !== '') audit.record({ ...about, outcome: 'done', details: { rebuilt } });
      for (const { publication, state, message: reason } of outcomes) {
        if (reason === undefined) continue;
        const on = `${publication.repository}:${publication.tag}`;
        log.warn({ stack: name, image: on, state, reason }, 'image not built on a new base');
        audit.record({ ...about, on, outcome: state === 'moved' ? 'refused' : 'failed', reason });
      }
      return outcomes.some((one) => one.mayPass === true) ? COMPARED_AGAIN_MS : undefined;
    } catch (error) {
      const reason = messageOf(error);
      log.warn({ stack: name, error: reason }, 'bases of images could not be compared');
      audit.record({ ...about, outcome: 'failed', reason });
      return mayPass(error) ? COMPARED_AGAIN_MS : undefined;
    }
  }

  #runningPipeline(stack: string, { ref }: ScheduleConfiguration): string | undefined {
    const { ledger, pipelines } = this.#coordinator.context;
    const tip = ledger.knownRefs(stack).get(`refs/heads/${ref}`);
    return pipelines
      .active()
      .filter((one) => one.stack === stack && one.sha === tip && one.parent === undefined)
      .find((one) => one.ref === ref || one.trust === 'protected')?.id;
  }

  /** Waits until the work is due, or until it is to be repeated if that is sooner. */
  #plan(scheduled: Scheduled, repeatAfter = Number.POSITIVE_INFINITY): void {
    const now = this.#coordinator.context.clock.now();
    const due = Math.min(nextRun(scheduled.times, now) ?? Number.POSITIVE_INFINITY, now + repeatAfter);
    if (!this.#stopped && due !== Number.POSITIVE_INFINITY) this.#wait(scheduled, due);
  }

  #wait(scheduled: Scheduled, due: number): void {
    const left = due - this.#coordinator.context.clock.now();
    this.#timers.get(scheduled)?.();
    const cancel = systemTimer(left, () => {
      if (left > LONGEST_WAIT) return this.#wait(scheduled, due);
      const work = scheduled
        .work()
        .then((repeatAfter) => {
          if (repeatAfter !== undefined) this.#plan(scheduled, repeatAfter);
        })
        .finally(() => this.#running.delete(work));
      this.#running.add(work);
      this.#plan(scheduled);
    });
    this.#timers.set(scheduled, cancel);
  }
}
