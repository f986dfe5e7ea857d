/**
 * From a lock and the content of the mirrors to the child pipeline that builds the rest: which packages must be built,
 * why, and in which order; which runners their jobs go to, by the stack's rules; and why a hash changed. The module
 * decides and writes text; it does not lock, build or run a pipeline.
 */
export { queryMappings } from './ci/dynamic-mapping.ts';
export { readCiSection } from './ci/ci-section.ts';
export { readLegacySection } from './ci/legacy-section.ts';
export { absentCompilers } from './ci/legacy-phases.ts';
export { generateError } from './errors.ts';
export { generatePipeline, type GeneratedPipeline } from './generate-pipeline.ts';
export { planBuild, type BuildDecision, type BuildPlan } from './plan-build.ts';
export { readMirrorState, type MirrorSource, type MirrorState } from './mirror-state.ts';
export { cdashBuildName, cdashBuildStamp } from './pipeline/cdash-names.ts';
export { spackVersionVariables } from './pipeline/pipeline-variables.ts';
export type { PipelineSettings, PipelineType, StackRules } from './pipeline/settings.ts';
export type { ScriptKind } from './pipeline/scripts.ts';
export { builderName } from './stack/builder-name.ts';
export { lockMode } from './stack/lock-mode.ts';
export { concreteEnvironment } from './stack/concrete-environment.ts';
export { pushDownstream } from './downstream.ts';
export { readStack, type StackFiles, type StackScope } from './stack/read-stack.ts';
export { isStackTouched, packagesAt, touchedPackages } from './touched-packages.ts';
export { estimateTime, type TimeEstimate } from './estimate-time.ts';
