import { steadyNow, systemClock, usageOf, type Clock } from '../../kit/index.ts';
import type { PhaseUsage } from '../../protocol/index.ts';
import { phaseNameIn } from '../../report/index.ts';

/** Milliseconds between two samples of memory. */
const INTERVAL = 1000;
/** The phase of the whole rebuild. */
const WHOLE = 'rebuild';

interface OpenPhase {
  readonly phase: string;
  readonly began: number;
  readonly cpuSeconds: number;
  memory: number;
}

/**
 * Measures what this process and its children use, as a whole and in each phase of a build, by samples of their memory.
 * Call `add` with each line of the log, and `finish` once.
 */
export class UsageMeter {
  readonly #clock: Clock;
  readonly #whole: OpenPhase;
  readonly #timer: NodeJS.Timeout;
  readonly #ended: PhaseUsage[] = [];
  #phase: OpenPhase | undefined;

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
    this.#whole = this.#open(WHOLE);
    this.#timer = setInterval(() => this.#sample(), INTERVAL).unref();
  }

  add(line: string): void {
    const name = phaseNameIn(line);
    if (name === undefined) return;
    this.#close();
    this.#phase = this.#open(name);
  }

  /** Returns the whole first, with the bytes that it had on the disk, and then the phases. */
  finish(disk?: number): readonly PhaseUsage[] {
    clearInterval(this.#timer);
    this.#close();
    const whole = { ...this.#usage(this.#whole), ...(disk === undefined ? {} : { disk }) };
    return [whole, ...this.#ended];
  }

  #open(phase: string): OpenPhase {
    const { cpuSeconds, memory } = usageOf(process.pid);
    return { phase, began: steadyNow(this.#clock), cpuSeconds, memory };
  }

  #close(): void {
    if (this.#phase !== undefined) this.#ended.push(this.#usage(this.#phase));
    this.#phase = undefined;
  }

  #sample(): void {
    const { memory } = usageOf(process.pid);
    for (const open of [this.#whole, this.#phase]) if (open !== undefined) open.memory = Math.max(open.memory, memory);
  }

  #usage({ phase, began, cpuSeconds, memory }: OpenPhase): PhaseUsage {
    const now = usageOf(process.pid);
    return {
      phase,
      seconds: (steadyNow(this.#clock) - began) / 1000,
      // The time of a process whose end its parent ignores is lost.
      cpuSeconds: Math.max(0, now.cpuSeconds - cpuSeconds),
      memory: Math.max(memory, now.memory),
      method: 'sampled',
    };
  }
}
