/**
 * GitLab CI YAML: reads a pipeline's text into the plan of jobs that the engine runs. Pure: no files, no network, no
 * clock. The engine decides when a job may run, which variables it gets then, and whether its artifacts exist.
 */
export { scopeCache } from './cache-scope.ts';
export { extendedJob } from './document/extends.ts';
export { expandVariables } from './variables/expand-variables.ts';
export { includeSource, type FetchedInclude, type ForeignInclude } from './include/include-entry.ts';
export { plannedInclude } from './include/planned-include.ts';
export { idTokenClaims } from './id-token-claims.ts';
export { isForeignNeed, type Need } from './job-plan.ts';
export type {
  Cache,
  ContainerImage,
  JobPlan,
  Retry,
  Service,
  TriggerInclude,
  Variable,
  Variables,
} from './job-plan.ts';
export { keywordTable, type Keyword } from './keywords/keyword-table.ts';
export type { PipelineLimits } from './limits.ts';
export { loadPipeline, type PipelineSources } from './load-pipeline.ts';
export type {
  AutoCancel,
  PipelineContext,
  PipelinePlan,
  PipelineText,
  PlannedInclude,
  ReadPipeline,
} from './pipeline-plan.ts';
export { plannedVariables } from './variables/planned-variables.ts';
export { readPipeline, readPipelineFiles } from './read-pipeline.ts';
export { resolveVariables } from './variables/resolve-variables.ts';
export { serverVariables } from './variables/server-variables.ts';
export { slug } from './variables/slug.ts';
