/**
 * From a lock and what the mirrors hold to the child pipeline that makes the rest: which packages must be built, why,
 * and in which order. It decides and writes text; it neither locks, nor builds, nor runs a pipeline.
 */
export { generateError } from './errors.ts';
export { generatePipeline } from './generate-pipeline.ts';
export type { PipelineSettings } from './generate-pipeline.ts';
export { planBuild } from './plan-build.ts';
export type { BuildDecision, BuildPlan } from './plan-build.ts';
export { readMirrorState } from './mirror-state.ts';
export type { MirrorSource, MirrorState } from './mirror-state.ts';
