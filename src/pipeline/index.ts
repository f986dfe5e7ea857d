/**
 * Pipelines: the pure engine (`engine/`: what becomes of a pipeline's jobs when something happens), and the one driver
 * around it, which carries out what the engine asks for and knows what GitLab's keywords mean: child pipelines,
 * variables, artifacts of other jobs, identity tokens. The server and `slipway run` supply its ports: a store, sources,
 * the queue of jobs, and a clock. Nothing here reads files, starts programs or talks to anybody.
 */
export { builtInPipeline, builtInPipelineFile } from './built-in-pipeline.ts';
export { generatorsOf } from './child-pipeline.ts';
export type { AssignedJob } from './describe-job.ts';
export { PipelineDriver } from './driver.ts';
export { pipelineError } from './errors.ts';
export { getsArtifactsOf } from './job-inputs.ts';
export { jobResponse, variableOf } from './job-response.ts';
export { MemoryStore } from './memory-store.ts';
export type { JobRun, PipelineRecord, PipelineSubject, Trust } from './pipeline-record.ts';
export type {
  DownstreamRequest,
  JobOffers,
  JobOutput,
  JobReference,
  PipelineFacts,
  PipelineListener,
  PipelineStore,
  SharedOutputRequest,
  Sources,
  TextVariables,
  VariableValue,
} from './ports.ts';
export { beforeSha, pipelineSource, predefinedVariables } from './predefined-variables.ts';
export { readPlan } from './read-plan.ts';
export { criticalPath } from './engine/critical-path.ts';
export { expectedPath, type DurationEstimate } from './engine/expected-path.ts';
export { createPipeline } from './engine/create-pipeline.ts';
export { isFailureAllowed } from './engine/draft.ts';
export type { Effect } from './engine/effect.ts';
export type { PipelineEvent } from './engine/event.ts';
export { FairTurns } from './engine/fair-turns.ts';
export { jobIndex, jobPlan } from './engine/job-graph.ts';
export { isFinal, type JobStatus, type PipelineStatus } from './engine/job-status.ts';
export { overdueJobs } from './engine/overdue-jobs.ts';
export { PipelineMachine } from './engine/pipeline-machine.ts';
export type { JobState, PipelineState } from './engine/pipeline-state.ts';
export { remainingPath } from './engine/remaining-path.ts';
export { matchesRunner } from './engine/matches-runner.ts';
export { mayBeSuperseded } from './engine/superseded.ts';
export { stuckJobs } from './engine/stuck-jobs.ts';
export { transitionAll } from './engine/transition.ts';
