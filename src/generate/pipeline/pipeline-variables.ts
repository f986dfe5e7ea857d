import type { Lockfile } from '../../spack/index.ts';
import type { PipelineSettings } from './settings.ts';

/**
 * Returns the variables of every job of the pipeline; paths are relative to the project, since runners have it in
 * different folders.
 */
export function childPipelineVariables(settings: PipelineSettings): Readonly<Record<string, string>> {
  const { artifactsRoot: root, environment, rules, pipelineType } = settings;
  const builder = rules === undefined ? {} : spackVariables(settings);
  return {
    SPACK_ARTIFACTS_ROOT: root,
    SPACK_CONCRETE_ENV_DIR: `${root}/concrete_environment`,
    SPACK_JOB_LOG_DIR: `${root}/logs`,
    SPACK_JOB_TEST_DIR: `${root}/tests`,
    SPACK_JOB_REPRO_DIR: `${root}/reproduction`,
    ...builder,
    SPACK_PIPELINE_TYPE: pipelineType ?? 'None',
    SLIPWAY_ENVIRONMENT: environment,
    ...settings.variables,
  };
}

function spackVariables({
  nothingPruned = false,
  prunesUntouched = false,
}: PipelineSettings): Readonly<Record<string, string>> {
  return {
    SPACK_CI_STACK_NAME: 'None',
    SPACK_REBUILD_CHECK_UP_TO_DATE: nothingPruned ? 'False' : 'True',
    SPACK_REBUILD_EVERYTHING: nothingPruned && !prunesUntouched ? 'True' : 'False',
    SPACK_REQUIRE_SIGNING: 'False',
  };
}

/** Returns the variables that name the Spack of a lock: its version, and the commit or tag to check out. */
export function spackVersionVariables({ spack }: Lockfile): Readonly<Record<string, string>> {
  const { version, commit } = spack as { readonly version?: unknown; readonly commit?: unknown };
  if (typeof version !== 'string') return {};
  if (typeof commit !== 'string') return { SPACK_VERSION: version, SPACK_CHECKOUT_VERSION: `v${version}` };
  return { SPACK_VERSION: `${version} (${commit})`, SPACK_CHECKOUT_VERSION: commit };
}
