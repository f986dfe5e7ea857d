/**
 * The engine: what becomes of a pipeline's jobs when something happens, and which ready job goes first.
 * Pure: it knows neither clock, store, runner nor network; it is told of events and answers with a new state and effects, and
 * whoever calls it stores the one and carries out the others.
 */
export { createPipeline } from './create-pipeline.ts';
export type { Effect } from './effect.ts';
export { engineError } from './errors.ts';
export type { JobOutcome, PipelineEvent } from './event.ts';
export { isFinal } from './job-status.ts';
export type { FinalStatus, JobStatus, PipelineStatus } from './job-status.ts';
export { outstandingEffects } from './outstanding-effects.ts';
export type { JobState, PipelineState } from './pipeline-state.ts';
export { remainingPath } from './remaining-path.ts';
export type { Duration } from './remaining-path.ts';
export { matchesRunner, orderJobs } from './scheduler.ts';
export type { Candidate, RunnerTraits } from './scheduler.ts';
export { transition, transitionAll } from './transition.ts';
export type { Transition } from './transition.ts';
