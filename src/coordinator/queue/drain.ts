import { timestamp, type Clock } from '../../kit/index.ts';
import type { JobRun } from '../../pipeline/index.ts';
import type { PipelineLedger } from '../pipeline-ledger.ts';

interface DrainContext {
  readonly pipelines: Pick<PipelineLedger, 'runsInStatus' | 'watchRuns'>;
  readonly clock: Clock;
}

/** The end of a server that waits for its jobs: once it is draining, runners get no more jobs. */
export class Drain {
  readonly #context: DrainContext;
  #since: string | undefined;

  constructor(context: DrainContext) {
    this.#context = context;
  }

  /** When it began; undefined while runners get jobs. */
  get since(): string | undefined {
    return this.#since;
  }

  /** Returns the jobs that runners have, also those that are being canceled. */
  jobs(): readonly JobRun[] {
    const live = this.#context.pipelines.runsInStatus(['running', 'canceling']);
    return live.filter(({ runner }) => runner !== undefined);
  }

  /** Gives runners no more jobs from now on, and resolves when they have none, or when the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    this.#since ??= timestamp(this.#context.clock);
    const { pipelines } = this.#context;
    await new Promise<void>((resolve) => {
      const look = () => {
        if (this.jobs().length === 0) resolve();
      };
      signal.addEventListener('abort', () => resolve(), { once: true });
      pipelines.watchRuns(look);
      look();
      if (signal.aborted) resolve();
    });
  }
}
