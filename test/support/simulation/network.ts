import type { Random } from './random.ts';

const SECOND = 1000;
/** How long a caller waits for an answer before it tries again. */
const TIMEOUT = 10 * SECOND;

/** Resolves after a time on the simulated clock. */
export function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}

/** Carries calls from runners to the server. While it is faulty, calls are lost, delayed, reordered, and repeated. */
export class Network {
  isFaulty = true;
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Makes a call and returns its answer; undefined if the call failed, or if it or its answer was lost. */
  async call<Answer extends object>(perform: () => Promise<Answer>): Promise<Answer | undefined> {
    const random = this.#random;
    const fate = this.isFaulty ? random.next() : 1;
    if (fate < 0.05) return this.#lost();
    if (fate < 0.15) void this.#repeat(perform);
    if (this.isFaulty) await delay(this.#latency());
    const answer = await perform().catch(() => undefined);
    if (fate >= 0.15 && fate < 0.22) return this.#lost();
    if (this.isFaulty && random.chance(0.3)) await delay(this.#latency());
    return answer;
  }

  async #lost(): Promise<undefined> {
    await delay(TIMEOUT);
    return undefined;
  }

  async #repeat(perform: () => Promise<unknown>): Promise<void> {
    await delay(this.#random.chance(0.5) ? this.#latency() : this.#random.between(0, 400) * SECOND);
    await perform().catch(() => undefined);
  }

  #latency(): number {
    return this.#random.chance(0.9) ? this.#random.between(1, 200) : this.#random.between(1, 30) * SECOND;
  }
}
