import type { PipelinePlan } from '../../gitlab/index.ts';
import { Draft } from './draft.ts';
import type { Effect } from './effect.ts';
import type { PipelineEvent } from './event.ts';
import type { PipelineStatus } from './job-status.ts';
import type { JobState, PipelineState } from './pipeline-state.ts';
import { applyEvent } from './transition.ts';

/**
 * A pipeline kept in memory: the same as `transition` event by event, but an event costs what it changes, however many
 * jobs there are. It is its present state: what it gave before changes with the next event.
 */
export class PipelineMachine implements PipelineState {
  readonly #draft: Draft;

  /** `onChange` hears of every step of every job, as it is made. */
  constructor(state: PipelineState, onChange?: (job: JobState) => void) {
    this.#draft = new Draft(state, onChange);
  }

  get id(): string {
    return this.#draft.id;
  }

  get plan(): PipelinePlan {
    return this.#draft.pipeline;
  }

  get jobs(): PipelineState['jobs'] {
    return this.#draft.jobs;
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
}
