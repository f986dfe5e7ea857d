/**
 * The engine: what becomes of a pipeline's jobs when something happens, and which ready job goes first.
 * Pure: it knows neither clock, store, runner nor network; it is told of events and answers with a new state and effects, and
 * whoever calls it stores the one and carries out the others.
 */
export { childRefusal } from './child-refusal.ts';
export type { FamilySize } from './child-refusal.ts';
export { createPipeline } from './create-pipeline.ts';
export { isFailureAllowed } from './draft.ts';
export type { Effect } from './effect.ts';
export { engineError } from './errors.ts';
export type { JobOutcome, PipelineEvent } from './event.ts';
export { FairTurns } from './fair-turns.ts';
export type { Sharer } from './fair-turns.ts';
export { inputJobs } from './input-jobs.ts';
export { jobIndex, jobPlan } from './job-graph.ts';
export { isFinal } from './job-status.ts';
export type { FinalStatus, JobStatus, PipelineStatus } from './job-status.ts';
export { outstandingEffects } from './outstanding-effects.ts';
export { overdueJobs } from './overdue-jobs.ts';
export type { Patience } from './overdue-jobs.ts';
export { PipelineMachine } from './pipeline-machine.ts';
export type { JobState, PipelineState } from './pipeline-state.ts';
export { remainingPath } from './remaining-path.ts';
export type { Duration } from './remaining-path.ts';
export { grantResources } from './resource-queue.ts';
export type { Grant } from './resource-queue.ts';
export { firstJob, matchesRunner, orderJobs } from './scheduler.ts';
export type { Candidate, RunnerTraits } from './scheduler.ts';
export { mayBeSuperseded } from './superseded.ts';
export { stuckJobs } from './stuck-jobs.ts';
export type { WaitingRoom } from './stuck-jobs.ts';
export { transition, transitionAll } from './transition.ts';
export type { Transition } from './transition.ts';
