/**
 * GitLab CI YAML: reads a pipeline's text into the plan of jobs that the engine runs, and writes the pipelines that we generate.
 * Pure: no files, no network, no clock. What a variable is at the time a job starts, whether artifacts are there, and
 * when a job may run are not its business; see the engine.
 */
export { defaultLimits } from './limits.ts';
export type { PipelineLimits } from './limits.ts';
export { expandVariables } from './expand-variables.ts';
export { gitlabError } from './errors.ts';
export type {
  Artifacts,
  Image,
  JobPlan,
  Need,
  Retry,
  Service,
  Trigger,
  TriggerInclude,
  Variable,
  Variables,
  When,
} from './job-plan.ts';
export type { AutoCancel, PipelineContext, PipelinePlan, ReadPipeline } from './pipeline-plan.ts';
export { readPipeline } from './read-pipeline.ts';
export { resolveVariables } from './resolve-variables.ts';
export { writePipeline } from './write-pipeline.ts';
