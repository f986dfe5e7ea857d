import type { AuditEntry } from '../../audit/index.ts';
import type { CoordinatorContext } from '../../coordinator/index.ts';
import { Counter } from './counter.ts';
import { gauge, type Metric, type Sample } from './open-metrics.ts';

/** Counts what is pushed to mirrors, and what is on them. */
export class MirrorMetrics {
  readonly #stacks: CoordinatorContext['stacks'];
  readonly #pushes = new Counter({
    name: 'slipway_mirror_pushes',
    help: 'Packages that jobs pushed, by outcome.',
  });

  constructor({ stacks }: Pick<CoordinatorContext, 'stacks'>) {
    this.#stacks = stacks;
  }

  /** Takes what the gateway records of a request. */
  observe({ action, outcome, stack = '' }: AuditEntry): void {
    if (action === 'mirror.push') this.#pushes.add({ stack, outcome });
  }

  /** A mirror that does not answer is left out. */
  async metrics(): Promise<readonly Metric[]> {
    const samples = await Promise.all(
      [...this.#stacks].map(async ([stack, { mirror }]): Promise<readonly Sample[]> => {
        const count = await mirror
          .publisher('')
          .count()
          .catch(() => undefined);
        return count === undefined ? [] : [{ labels: { stack }, value: count }];
      }),
    );
    const packages = gauge('slipway_mirror_packages', 'Packages on the protected mirror.', samples.flat());
    return [this.#pushes.metric(), packages];
  }
}
