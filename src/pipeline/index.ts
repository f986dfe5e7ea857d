/**
 * The engine: what becomes of a pipeline's jobs when something happens, and which ready job goes first.
 * Pure: it knows neither clock, store, runner nor network; it is told of events and answers with a new state and effects, and
 * whoever calls it stores the one and carries out the others.
 */
export { childRefusal } from './engine/child-refusal.ts';
export type { FamilySize } from './engine/child-refusal.ts';
export { createPipeline } from './engine/create-pipeline.ts';
export { isFailureAllowed } from './engine/draft.ts';
export type { Effect } from './engine/effect.ts';
export { engineError } from './engine/errors.ts';
export type { JobOutcome, PipelineEvent } from './engine/event.ts';
export { FairTurns } from './engine/fair-turns.ts';
export type { Sharer } from './engine/fair-turns.ts';
export { inputJobs } from './engine/input-jobs.ts';
export { jobIndex, jobPlan } from './engine/job-graph.ts';
export { isFinal } from './engine/job-status.ts';
export type { FinalStatus, JobStatus, PipelineStatus } from './engine/job-status.ts';
export { isStarted, outstandingEffects } from './engine/outstanding-effects.ts';
export { overdueJobs } from './engine/overdue-jobs.ts';
export type { Patience } from './engine/overdue-jobs.ts';
export { PipelineMachine } from './engine/pipeline-machine.ts';
export type { JobState, PipelineState } from './engine/pipeline-state.ts';
export { remainingPath } from './engine/remaining-path.ts';
export type { Duration } from './engine/remaining-path.ts';
export { grantResources } from './engine/resource-queue.ts';
export type { Grant } from './engine/resource-queue.ts';
export { firstJob, matchesRunner, orderJobs } from './engine/scheduler.ts';
export type { Candidate, RunnerTraits } from './engine/scheduler.ts';
export { mayBeSuperseded } from './engine/superseded.ts';
export { stuckJobs } from './engine/stuck-jobs.ts';
export type { WaitingRoom } from './engine/stuck-jobs.ts';
export { transition, transitionAll } from './engine/transition.ts';
export type { Transition } from './engine/transition.ts';
