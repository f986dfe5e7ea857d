import { hasCode, messageOf } from '../../kit/index.ts';
import type { CoordinatorContext } from '../context.ts';
import type { UnpostedStatus } from '../ports.ts';

/** How long a forge that took no status is left alone, unless there is something new to say. */
const RETRY_MS = 60_000;
/** The least time between two words of progress on one commit: forges take only so many statuses. */
const PROGRESS_MS = 10_000;

/**
 * Tells forges the statuses that have been recorded, in the order in which they were: of each commit and context only
 * the newest, and none that has been told. What cannot be told now is told later, also after a restart. Nothing that
 * goes wrong here reaches a pipeline.
 */
export class StatusOutbox {
  readonly #context: CoordinatorContext;
  readonly #asked = new Set<string>();
  readonly #running = new Map<string, Promise<void>>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  /** When progress was last told, by commit and context. */
  readonly #progress = new Map<string, number>();

  constructor(context: CoordinatorContext) {
    this.#context = context;
  }

  /** Begins to tell what has not been told of a stack; call it whenever a status may have been recorded. */
  deliver(stack: string): void {
    this.#asked.add(stack);
    if (this.#running.has(stack)) return;
    const work = this.#work(stack)
      .catch((error: unknown) =>
        this.#context.log.error({ stack, error: messageOf(error) }, 'statuses could not be read'),
      )
      .finally(() => this.#ended(stack));
    this.#running.set(stack, work);
  }

  /** A call may have come after the last look at what was asked, and before this. */
  #ended(stack: string): void {
    this.#running.delete(stack);
    if (this.#asked.has(stack)) this.deliver(stack);
  }

  /** Resolves when nothing is being told any more; what is left waits for the next call, or the next start. */
  async settle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running.values());
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  async #work(stack: string): Promise<void> {
    // A call may come between the last look at the store and the end of this one.
    while (this.#asked.delete(stack)) {
      for (let next = this.#next(stack); next !== undefined; next = this.#next(stack)) {
        if (!(await this.#tell(next))) return this.#later(stack, RETRY_MS);
      }
    }
  }

  #next(stack: string): UnpostedStatus | undefined {
    const waiting = this.#context.journey.unpostedStatuses(stack);
    const next = waiting.find((status) => !this.#isTooSoon(status));
    if (next === undefined && waiting.length > 0) this.#later(stack, PROGRESS_MS);
    return next;
  }

  #isTooSoon({ state, sha, context }: UnpostedStatus): boolean {
    const last = this.#progress.get(`${sha} ${context}`);
    return state === 'pending' && last !== undefined && this.#context.clock.now() - last < PROGRESS_MS;
  }

  /** False if it is to be tried again. */
  async #tell(status: UnpostedStatus): Promise<boolean> {
    const { id, at: _at, stack, ...told } = status;
    const { log, stacks, journey, clock } = this.#context;
    try {
      await stacks.get(stack)?.forge.post(told);
    } catch (error) {
      const isInVain = hasCode(error, 'FORGE_STATUS_REFUSED');
      log.warn(
        { stack, sha: status.sha, error: messageOf(error) },
        isInVain ? 'status refused' : 'status not posted yet',
      );
      if (!isInVain) return false;
    }
    journey.statusPosted(id);
    const key = `${status.sha} ${status.context}`;
    if (status.state === 'pending') this.#progress.set(key, clock.now());
    else this.#progress.delete(key);
    return true;
  }

  #later(stack: string, milliseconds: number): void {
    if (this.#timers.has(stack)) return;
    const timer = setTimeout(() => {
      this.#timers.delete(stack);
      this.deliver(stack);
    }, milliseconds);
    timer.unref();
    this.#timers.set(stack, timer);
  }
}
