import { hasCode, messageOf, systemTimer } from '../../kit/index.ts';
import { currentTime, type ForgeWork } from '../context.ts';
import type { Forge } from '../../forge/index.ts';
import type { UnpostedStatus } from '../ports.ts';

/** How long a forge that took no status is left alone, unless there is something new to report. */
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
 * Posts recorded statuses to forges, in their order: of each commit and context only the newest, and none twice. What
 * cannot be posted now is posted later, also after a restart. No failure here reaches a pipeline.
 */
export class StatusOutbox {
  readonly #context: Outgoing;
  readonly #requested = new Set<string>();
  readonly #running = new Map<string, Promise<void>>();
  readonly #timers = new Map<string, { readonly due: number; readonly cancel: () => void }>();

  constructor(context: Outgoing) {
    this.#context = context;
  }

  /** Begins to post what is left of a stack; call it whenever a status may have been recorded. */
  deliver(stack: string): void {
    this.#requested.add(stack);
    if (this.#running.has(stack)) return;
    const work = this.#work(stack)
      .catch((error: unknown) =>
        this.#context.log.error({ stack, error: messageOf(error) }, 'statuses could not be read'),
      )
      .finally(() => this.#ended(stack));
    this.#running.set(stack, work);
  }

  /** A call may have come after the last look at the requests, and before this. */
  #ended(stack: string): void {
    this.#running.delete(stack);
    if (this.#requested.has(stack)) this.deliver(stack);
  }

  /** Resolves when nothing is being posted any more; what is left waits for the next call, or the next start. */
  async settle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running.values());
    for (const { cancel } of this.#timers.values()) cancel();
    this.#timers.clear();
  }

  async #work(stack: string): Promise<void> {
    // A call may come between the last look at the store and the end of this one.
    while (this.#requested.delete(stack)) {
      for (let next = this.#next(stack); next !== undefined; next = this.#next(stack)) {
        if (!(await this.#post(next))) return this.#later(stack, RETRY_MS);
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

  /** Returns false if it is to be tried again. */
  async #post(status: UnpostedStatus): Promise<boolean> {
    const { id: _id, at: _at, detail: _detail, stack, ...posted } = status;
    const { log, stacks, ledger } = this.#context;
    try {
      await stacks.get(stack)?.forge.post(posted);
    } catch (error) {
      const isFinal = hasCode(error, 'FORGE_STATUS_REFUSED');
      const message = messageOf(error);
      ledger.statusNotPosted(status, { message, isFinal });
      const { sha, context, state } = status;
      if (isFinal) log.error({ stack, sha, context, state, error: message }, 'the forge refused the status');
      else log.warn({ stack, sha, context, error: message }, 'status not posted yet');
      return isFinal;
    }
    ledger.statusPosted(status, currentTime(this.#context));
    return true;
  }

  #later(stack: string, milliseconds: number): void {
    const due = this.#context.clock.now() + milliseconds;
    const planned = this.#timers.get(stack);
    if (planned !== undefined && planned.due <= due) return;
    planned?.cancel();
    const cancel = systemTimer(milliseconds, () => {
      this.#timers.delete(stack);
      this.deliver(stack);
    });
    this.#timers.set(stack, { due, cancel });
  }
}
