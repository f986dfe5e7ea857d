import { hasCode, messageOf } from '../../kit/index.ts';
import { now, type ForgeWork } from '../context.ts';
import type { Forge } from '../../forge/index.ts';
import type { UnpostedStatus } from '../ports.ts';

/** How long a forge that took no status is left alone, unless there is something new to say. */
const RETRY_MS = 60_000;
/** The time between the first two reports of progress on one commit; each further interval is twice as long. */
const PROGRESS_MS = 10_000;
const LONGEST_PROGRESS_MS = 15 * 60_000;
/** GitHub takes 1,000 statuses for a commit and context; the last hundred are kept for results. */
const MOST_PROGRESS = 900;

/** Recorded statuses, and the forges that they go to. */
interface Outgoing extends ForgeWork {
  readonly stacks: ReadonlyMap<string, { readonly forge: Pick<Forge, 'post'> }>;
}

/**
 * Tells forges the statuses that have been recorded, in the order in which they were: of each commit and context only
 * the newest, and none that has been told. What cannot be told now is told later, also after a restart. Nothing that
 * goes wrong here reaches a pipeline.
 */
export class StatusOutbox {
  readonly #context: Outgoing;
  readonly #asked = new Set<string>();
  readonly #running = new Map<string, Promise<void>>();
  readonly #timers = new Map<string, { readonly due: number; readonly timer: NodeJS.Timeout }>();

  constructor(context: Outgoing) {
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
    for (const { timer } of this.#timers.values()) clearTimeout(timer);
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
    const waiting = this.#context.ledger.unpostedStatuses(stack);
    const waits = waiting.map((status) => this.#waitFor(status));
    const soonest = Math.min(...waits);
    if (soonest > 0 && Number.isFinite(soonest)) this.#later(stack, soonest);
    return waiting[waits.findIndex((wait) => wait <= 0)];
  }

  /**
   * Milliseconds until a status may be posted. A change of the state is due at once, progress only from time to time.
   */
  #waitFor(status: UnpostedStatus): number {
    if (status.state !== 'pending') return 0;
    const { posts, state, at = '' } = this.#context.ledger.statusPosts(status);
    if (posts >= MOST_PROGRESS) return Number.POSITIVE_INFINITY;
    if (state !== 'pending') return 0;
    const interval = Math.min(LONGEST_PROGRESS_MS, PROGRESS_MS * 2 ** (posts - 1));
    return Date.parse(at) + interval - this.#context.clock.now();
  }

  /** False if it is to be tried again. */
  async #tell(status: UnpostedStatus): Promise<boolean> {
    const { id: _id, at: _at, detail: _detail, stack, ...told } = status;
    const { log, stacks, ledger } = this.#context;
    try {
      await stacks.get(stack)?.forge.post(told);
    } catch (error) {
      const isFinal = hasCode(error, 'FORGE_STATUS_REFUSED');
      const message = messageOf(error);
      ledger.statusNotPosted(status, { message, isFinal });
      const { sha, context, state } = status;
      if (isFinal) log.error({ stack, sha, context, state, error: message }, 'the forge refused the status');
      else log.warn({ stack, sha, context, error: message }, 'status not posted yet');
      return isFinal;
    }
    ledger.statusPosted(status, now(this.#context));
    return true;
  }

  #later(stack: string, milliseconds: number): void {
    const due = this.#context.clock.now() + milliseconds;
    const planned = this.#timers.get(stack);
    if (planned !== undefined && planned.due <= due) return;
    clearTimeout(planned?.timer);
    const timer = setTimeout(() => {
      this.#timers.delete(stack);
      this.deliver(stack);
    }, milliseconds);
    timer.unref();
    this.#timers.set(stack, { due, timer });
  }
}
