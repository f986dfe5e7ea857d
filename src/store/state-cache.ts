import { isFinal } from '../pipeline/index.ts';
import type { PipelineState } from '../pipeline/index.ts';

/** States of ended pipelines that are kept: those that somebody looks at. */
const KEPT = 16;

/** States in memory: of every pipeline that is not over, and of the few ended ones that were asked for last. */
export class StateCache {
  readonly #active = new Map<string, PipelineState>();
  readonly #ended = new Map<string, PipelineState>();

  get(pipeline: string): PipelineState | undefined {
    return this.#active.get(pipeline) ?? this.#ended.get(pipeline);
  }

  keep(state: PipelineState): void {
    this.#ended.delete(state.id);
    if (!isFinal(state.status)) {
      this.#active.set(state.id, state);
      return;
    }
    this.#active.delete(state.id);
    this.#ended.set(state.id, state);
    const [oldest] = this.#ended.keys();
    if (this.#ended.size > KEPT && oldest !== undefined) this.#ended.delete(oldest);
  }
}
