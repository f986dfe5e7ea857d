import type { CoordinatorContext } from '../../coordinator/index.ts';
import { messageOf } from '../../kit/index.ts';
import type { Observation } from '../../notify/index.ts';

/** A mirror is faulty after so many failed checks in a row: a single one may be a problem of the network. */
const FAILURES = 2;

type MirrorWatchContext = Pick<CoordinatorContext, 'stacks' | 'baseUrl'>;

/** Checks the mirrors of stacks each time that `check` is called. */
export class MirrorWatch {
  readonly #context: MirrorWatchContext;
  readonly #failures = new Map<string, number>();

  constructor(context: MirrorWatchContext) {
    this.#context = context;
  }

  /** Returns which mirrors are in order, and which failed twice in a row. */
  async check(): Promise<readonly Observation[]> {
    const found: Observation[] = [];
    for (const [stack, { mirror }] of this.#context.stacks) {
      const fault = await mirror
        .publisher('')
        .check()
        .then(() => undefined, messageOf);
      const failures = fault === undefined ? 0 : (this.#failures.get(stack) ?? 0) + 1;
      this.#failures.set(stack, failures);
      if (failures > 0 && failures < FAILURES) continue;
      const text = fault ?? 'It can be read, and has all entries that its index names';
      const url = `${this.#context.baseUrl()}/stacks/${stack}`;
      found.push({ kind: 'mirror', stack, subject: stack, isBad: fault !== undefined, text, url });
    }
    return found;
  }
}
