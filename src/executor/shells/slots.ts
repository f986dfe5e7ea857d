import { makeSlotPipes, Slot, type SlotOptions } from './slot.ts';

/** The slots in which jobs run at once. `close` once, when no job runs. */
export class Slots {
  readonly #options: SlotOptions;
  readonly #pipes: number;
  readonly #all: Slot[] = [];
  readonly #free: Slot[] = [];

  private constructor(options: SlotOptions, pipes: number) {
    this.#options = options;
    this.#pipes = pipes;
  }

  /** Prepares so many slots. */
  static async open(options: SlotOptions & { readonly concurrency: number }): Promise<Slots> {
    const { concurrency } = options;
    await makeSlotPipes(options.folder, [...Array(concurrency).keys()]);
    return new Slots(options, concurrency);
  }

  /** Returns a slot that no job uses. There are more than run at once only where a keeper was lost. */
  async take(): Promise<Slot> {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    const index = this.#all.length;
    const slot = new Slot(index, this.#options);
    this.#all.push(slot);
    if (index >= this.#pipes) await makeSlotPipes(this.#options.folder, [index]);
    return slot;
  }

  /** A slot whose keeper is gone is not used again, nor is its pipe, which a stray process may still hold. */
  release(slot: Slot): void {
    if (slot.isAlive) this.#free.push(slot);
    else slot.network?.close();
  }

  async close(): Promise<void> {
    await Promise.all(this.#all.map((slot) => slot.close()));
  }

  /** Ends all keepers at once. Returns the process groups of jobs that still run. */
  kill(): readonly number[] {
    const groups = this.#all.filter((slot) => !this.#free.includes(slot)).flatMap((slot) => slot.group ?? []);
    for (const slot of this.#all) slot.kill();
    return groups;
  }
}
