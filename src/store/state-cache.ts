import { BoundedMap } from '../kit/index.ts';
import { isFinal, type PipelineMachine } from '../pipeline/index.ts';

/** States of ended pipelines that are kept: the last ones that were viewed. */
const KEPT = 16;

/** States in memory: of every pipeline that has not ended, and of the few ended ones that were read last. */
export class StateCache {
  readonly #active = new Map<string, PipelineMachine>();
  readonly #ended = new BoundedMap<string, PipelineMachine>(KEPT);

  get(pipeline: string): PipelineMachine | undefined {
    const ended = this.#ended.get(pipeline);
    return ended === undefined ? this.#active.get(pipeline) : this.keep(ended);
  }

  keep(state: PipelineMachine): PipelineMachine {
    this.forget(state.id);
    (isFinal(state.status) ? this.#ended : this.#active).set(state.id, state);
    return state;
  }

  forget(pipeline: string): void {
    this.#active.delete(pipeline);
    this.#ended.delete(pipeline);
  }
}
