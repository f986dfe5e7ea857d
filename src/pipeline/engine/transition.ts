import { onChildCreated, onChildFailed, onChildFinished, onChildResumed } from './child-events.ts';
import { Draft } from './draft.ts';
import type { Effect } from './effect.ts';
import type { PipelineEvent } from './event.ts';
import { onAssigned, onFinished, onRequeued, onResourceGranted } from './job-events.ts';
import { onCancel, onCancelJob, onPlay, onRetry, onRetryFailed, onStarted, onSuperseded } from './pipeline-events.ts';
import type { JobState, PipelineState } from './pipeline-state.ts';

interface Transition {
  readonly state: PipelineState;
  readonly effects: readonly Effect[];
}

/**
 * What an event makes of a pipeline. Store the event or the state first, then carry out the effects in order. An event
 * that is late, doubled or about an unknown job gives back the same state object. `onChange` hears of every step of
 * every job.
 */
export function transition(state: PipelineState, event: PipelineEvent, onChange?: (job: JobState) => void): Transition {
  const draft = new Draft(state, onChange);
  applyEvent(draft, event);
  return draft.finish();
}

/** Several events that arrived together; the same as one after the other, but the state is copied once. */
export function transitionAll(state: PipelineState, events: readonly PipelineEvent[]): Transition {
  const draft = new Draft(state);
  for (const event of events) applyEvent(draft, event);
  return draft.finish();
}

export function applyEvent(draft: Draft, event: PipelineEvent): void {
  switch (event.type) {
    case 'started':
      return onStarted(draft, event);
    case 'job-assigned':
      return onAssigned(draft, event);
    case 'job-finished':
      return onFinished(draft, event);
    case 'job-requeued':
      return onRequeued(draft, event);
    case 'resource-granted':
      return onResourceGranted(draft, event);
    case 'child-created':
      return onChildCreated(draft, event);
    case 'child-failed':
      return onChildFailed(draft, event);
    case 'child-finished':
      return onChildFinished(draft, event);
    case 'child-resumed':
      return onChildResumed(draft, event);
    case 'play':
      return onPlay(draft, event);
    case 'retry':
      return onRetry(draft, event);
    case 'retry-failed':
      return onRetryFailed(draft, event);
    case 'superseded':
      return onSuperseded(draft, event);
    case 'cancel-job':
      return onCancelJob(draft, event);
    case 'cancel':
      return onCancel(draft, event);
  }
}
