import { Draft } from './draft.ts';
import type { Effect } from './effect.ts';
import type { PipelineEvent } from './event.ts';
import type { PipelineStatus } from './job-status.ts';
import type { JobState, PipelineState } from './pipeline-state.ts';
import { applyEvent } from './transition.ts';

/**
 * A pipeline kept in memory: the same as `transition` event by event, but an event costs what it changes, however many jobs
 * there are. For one owner, who needs no earlier state again.
 */
export class PipelineMachine {
  readonly #draft: Draft;

  /** `onChange` hears of every step of every job, as it is made. */
  constructor(state: PipelineState, onChange?: (job: JobState) => void) {
    this.#draft = new Draft(state, onChange);
  }

  get status(): PipelineStatus {
    return this.#draft.status;
  }

  get cancelReason(): string | undefined {
    return this.#draft.cancelReason;
  }

  job(name: string): JobState | undefined {
    return this.#draft.job(name);
  }

  /** Takes an event in; gives the effects to be carried out, in order. */
  apply(event: PipelineEvent): readonly Effect[] {
    applyEvent(this.#draft, event);
    return this.#draft.takeEffects();
  }

  /** The whole state as it is now; costs as much as there are jobs. */
  snapshot(): PipelineState {
    return this.#draft.snapshot();
  }
}
