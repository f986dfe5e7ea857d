import { Cron } from 'croner';
import { SlipwayError, messageOf } from '../../kit/index.ts';
import { beginAsked, type PipelineStarter } from './asked-pipeline.ts';
import type { ForgeWork, PipelineRecords, Stack, StackRegistry } from '../context.ts';
import type { ScheduleConfiguration } from '../stack-configuration.ts';

const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * When a schedule is due next, in milliseconds since 1970; undefined for a pattern that never comes. `every` counts
 * from 1970, so that a server's restart shifts nothing. Cron patterns are meant in UTC.
 */
export function nextRun(schedule: ScheduleConfiguration, after: number): number | undefined {
  if (schedule.every !== undefined) {
    const interval = schedule.every * 1000;
    return (Math.floor(after / interval) + 1) * interval;
  }
  return new Cron(schedule.cron as string, { timezone: 'UTC' }).nextRun(new Date(after))?.getTime();
}

type Starter = PipelineStarter<ForgeWork & PipelineRecords & StackRegistry>;

interface ScheduleParts {
  /** Looks at the stack's remote, so that the branch's tip is known; returns when it has. */
  look(stack: string): Promise<void>;
}

/**
 * Starts the pipelines that stacks want at certain times. `start` once, `stop` once. What was due while no server ran
 * is not made up for.
 */
export class Schedules {
  readonly #coordinator: Starter;
  readonly #parts: ScheduleParts;
  readonly #timers = new Map<ScheduleConfiguration, NodeJS.Timeout>();
  readonly #running = new Set<Promise<void>>();
  #stopped = false;

  constructor(coordinator: Starter, parts: ScheduleParts) {
    this.#coordinator = coordinator;
    this.#parts = parts;
  }

  start(): void {
    for (const stack of this.#coordinator.context.stacks.values()) {
      for (const schedule of stack.configuration.schedules) this.#plan(stack, schedule);
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    await Promise.all(this.#running);
  }

  /**
   * Starts the schedule's pipeline now, unless one of the same commit is running. A fault of the stack's is logged: the
   * next time may be better.
   */
  async run(stack: Stack, schedule: ScheduleConfiguration): Promise<void> {
    const { name } = stack.configuration;
    try {
      await this.#parts.look(name);
      const running = this.#runningPipeline(name, schedule);
      if (running !== undefined) {
        const { log } = this.#coordinator.context;
        log.info(
          { stack: name, ref: schedule.ref, pipeline: running },
          'schedule left out: its commit has a pipeline that runs',
        );
        return;
      }
      await beginAsked(this.#coordinator, stack, { ref: schedule.ref, source: 'schedule' });
    } catch (error) {
      const code = error instanceof SlipwayError ? error.code : undefined;
      this.#coordinator.context.log.warn(
        { stack: name, ref: schedule.ref, code, error: messageOf(error) },
        'scheduled pipeline not made',
      );
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

  #plan(stack: Stack, schedule: ScheduleConfiguration): void {
    const now = this.#coordinator.context.clock.now();
    const due = nextRun(schedule, now);
    if (due !== undefined) this.#wait(stack, schedule, due);
  }

  #wait(stack: Stack, schedule: ScheduleConfiguration, due: number): void {
    const left = due - this.#coordinator.context.clock.now();
    const timer = setTimeout(
      () => {
        if (left > LONGEST_TIMER_MS) return this.#wait(stack, schedule, due);
        const work = this.run(stack, schedule).finally(() => this.#running.delete(work));
        this.#running.add(work);
        if (!this.#stopped) this.#plan(stack, schedule);
      },
      Math.min(Math.max(left, 0), LONGEST_TIMER_MS),
    );
    timer.unref();
    this.#timers.set(schedule, timer);
  }
}
