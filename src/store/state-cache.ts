import { isFinal, type PipelineMachine } from '../pipeline/index.ts';

/** States of ended pipelines that are kept: the last ones that were viewed. */
const KEPT = 16;

/** States in memory: of every pipeline that has not ended, and of the few ended ones that were read last. */
export class StateCache {
  readonly #active = new Map<string, PipelineMachine>();
  readonly #ended = new Map<string, PipelineMachine>();

  get(pipeline: string): PipelineMachine | undefined {
    const ended = this.#ended.get(pipeline);
    return ended === undefined ? this.#active.get(pipeline) : this.keep(ended);
  }

  keep(state: PipelineMachine): PipelineMachine {
    this.forget(state.id);
    if (!isFinal(state.status)) {
      this.#active.set(state.id, state);
      return state;
    }
    this.#ended.set(state.id, state);
    const [oldest] = this.#ended.keys();
    if (this.#ended.size > KEPT && oldest !== undefined) this.#ended.delete(oldest);
    return state;
  }

  forget(pipeline: string): void {
    this.#active.delete(pipeline);
    this.#ended.delete(pipeline);
  }
}
