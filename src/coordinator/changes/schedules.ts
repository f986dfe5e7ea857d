import { Cron } from 'croner';
import { LONGEST_WAIT, SlipwayError, messageOf, systemTimer } from '../../kit/index.ts';
import { beginRequested, type PipelineStarter } from './requested-pipeline.ts';
import type { CoordinatorContext, ForgeWork, PipelineRecords, Stack, StackRegistry } from '../context.ts';
import type { ScheduleConfiguration } from '../stack-configuration.ts';

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

type Starter = PipelineStarter<ForgeWork & PipelineRecords & StackRegistry & Pick<CoordinatorContext, 'quotas'>>;

/** Polls the stack's remote, so that the branch's tip is known. */
type Poll = (stack: string) => Promise<void>;

/**
 * Starts the pipelines that stacks schedule. `start` once, `stop` once. What was due while no server ran is not made up
 * for.
 */
export class Schedules {
  readonly #coordinator: Starter;
  readonly #poll: Poll;
  readonly #timers = new Map<ScheduleConfiguration, () => void>();
  readonly #running = new Set<Promise<void>>();
  #stopped = false;

  constructor(coordinator: Starter, poll: Poll) {
    this.#coordinator = coordinator;
    this.#poll = poll;
  }

  start(): void {
    for (const stack of this.#coordinator.context.stacks.values()) {
      for (const schedule of stack.configuration.schedules) this.#plan(stack, schedule);
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
  async run(stack: Stack, schedule: ScheduleConfiguration): Promise<void> {
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
      log.warn({ stack: name, ref, code, error: messageOf(error) }, 'scheduled pipeline not made');
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
    const due = nextRun(schedule, this.#coordinator.context.clock.now());
    if (due !== undefined) this.#wait(stack, schedule, due);
  }

  #wait(stack: Stack, schedule: ScheduleConfiguration, due: number): void {
    const left = due - this.#coordinator.context.clock.now();
    const cancel = systemTimer(left, () => {
      if (left > LONGEST_WAIT) return this.#wait(stack, schedule, due);
      const work = this.run(stack, schedule).finally(() => this.#running.delete(work));
      this.#running.add(work);
      if (!this.#stopped) this.#plan(stack, schedule);
    });
    this.#timers.set(schedule, cancel);
  }
}
