import { LONGEST_WAIT } from '../kit/index.ts';
import type { DriverPorts, PipelineListener } from './ports.ts';

/** How long after a failure work is repeated; each further interval is twice as long. Milliseconds. */
const REPEAT_MS = 5_000;
const LONGEST_REPEAT_MS = 15 * 60_000;

/** Work on a pipeline; new work of the same name replaces it. */
interface NamedWork {
  readonly pipeline: string;
  readonly work: string;
}

type Perform = () => Promise<void>;

interface LaterWorkOptions {
  readonly timer: DriverPorts['timer'];
  /** Performs work whose time has come. */
  readonly background: (pipeline: string, work: Perform) => void;
  readonly repeating: PipelineListener['repeating'];
}

/** Work on pipelines that waits for its time, or that is repeated until it succeeds. */
export class LaterWork {
  readonly #options: LaterWorkOptions;
  readonly #timers = new Map<string, () => void>();

  constructor(options: LaterWorkOptions) {
    this.#options = options;
  }

  /** Performs work now. If it fails, it is repeated in the background until it succeeds. */
  async untilDone(named: NamedWork, perform: Perform, wait = REPEAT_MS): Promise<void> {
    try {
      await perform();
    } catch (error) {
      this.#options.repeating(named.pipeline, { error, wait });
      this.after(wait, named, () => this.untilDone(named, perform, Math.min(2 * wait, LONGEST_REPEAT_MS)));
    }
  }

  /** Performs work in the background after so many milliseconds. */
  after(wait: number, named: NamedWork, perform: Perform): void {
    const step = Math.min(wait, LONGEST_WAIT);
    this.forget(named);
    const callback = (): void => {
      this.#timers.delete(keyOf(named));
      if (wait > step) this.after(wait - step, named, perform);
      else this.#options.background(named.pipeline, perform);
    };
    this.#timers.set(keyOf(named), this.#options.timer(step, callback));
  }

  /** Drops work that still waits. */
  forget(named: NamedWork): void {
    this.#timers.get(keyOf(named))?.();
    this.#timers.delete(keyOf(named));
  }

  /** Drops all that still waits. */
  clear(): void {
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
  }
}

function keyOf({ pipeline, work }: NamedWork): string {
  return `${pipeline} ${work}`;
}
