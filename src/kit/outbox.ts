import type { Clock } from './time/clock.ts';
import { systemTimer, type Timer } from './time/timer.ts';

/** The items of an outbox, and their delivery. They are recorded and survive the process; the outbox keeps none. */
export interface Deliveries<Item> {
  /**
   * Returns the next item of a channel that is due, or the milliseconds until one may be; undefined if nothing is left.
   * Called again after each delivery, and when something was added.
   */
  next(channel: string): { readonly item: Item } | { readonly wait: number } | undefined;
  /**
   * Delivers an item, and records what became of it. Returns the milliseconds after which the channel is taken up
   * again; undefined if the next item may follow at once.
   */
  deliver(item: Item): Promise<number | undefined>;
  /** Called if one of the above throws: the channel rests until the next call of `Outbox.deliver`. */
  failed(channel: string, error: unknown): void;
}

/** Delivers recorded items, those of a channel one after another. No failure of a delivery reaches the caller. */
export class Outbox<Item> {
  readonly #deliveries: Deliveries<Item>;
  readonly #clock: Clock;
  readonly #timer: Timer;
  readonly #requested = new Set<string>();
  readonly #running = new Map<string, Promise<void>>();
  readonly #timers = new Map<string, { readonly due: number; readonly cancel: () => void }>();

  constructor(deliveries: Deliveries<Item>, clock: Clock, timer: Timer = systemTimer) {
    this.#deliveries = deliveries;
    this.#clock = clock;
    this.#timer = timer;
  }

  /** Begins to deliver what is left of a channel; call it whenever something may have been recorded. */
  deliver(channel: string): void {
    this.#requested.add(channel);
    if (this.#running.has(channel)) return;
    const work = this.#work(channel)
      .catch((error: unknown) => this.#deliveries.failed(channel, error))
      .finally(() => this.#ended(channel));
    this.#running.set(channel, work);
  }

  /** Takes up the calls that came while the channel was being worked on. */
  #ended(channel: string): void {
    this.#running.delete(channel);
    if (this.#requested.has(channel)) this.deliver(channel);
  }

  /** Resolves when nothing is being delivered any more; what is left waits for the next call, or the next start. */
  async settle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running.values());
    for (const { cancel } of this.#timers.values()) cancel();
    this.#timers.clear();
  }

  /** Leaves a call that comes meanwhile to `#ended`. */
  async #work(channel: string): Promise<void> {
    this.#requested.delete(channel);
    for (;;) {
      const next = this.#deliveries.next(channel);
      if (next === undefined) return;
      const wait = 'wait' in next ? next.wait : await this.#deliveries.deliver(next.item);
      if (wait !== undefined) return this.#later(channel, wait);
    }
  }

  #later(channel: string, milliseconds: number): void {
    if (!Number.isFinite(milliseconds)) return;
    const due = this.#clock.now() + milliseconds;
    const planned = this.#timers.get(channel);
    if (planned !== undefined && planned.due <= due) return;
    planned?.cancel();
    const cancel = this.#timer(milliseconds, () => {
      this.#timers.delete(channel);
      this.deliver(channel);
    });
    this.#timers.set(channel, { due, cancel });
  }
}
