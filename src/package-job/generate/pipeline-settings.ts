import { relative } from 'node:path';
import type { ProcessVariables } from '../../kit/index.ts';
import {
  spackVersionVariables,
  type PipelineSettings,
  type PipelineType,
  type ScriptKind,
  type StackFiles,
  type StackRules,
} from '../../generate/index.ts';
import { destinationMirror, type Lockfile } from '../../spack/index.ts';
import type { JobEnvironment } from '../job-environment.ts';

export interface SettingsRequest {
  readonly env: ProcessVariables;
  readonly job: JobEnvironment;
  readonly lock: Lockfile;
  readonly stack: StackFiles;
  readonly rules: StackRules | undefined;
  readonly decided: Pick<PipelineSettings, 'nothingPruned' | 'prunesUntouched'>;
  /** Folder of the environment, absolute. */
  readonly environment: string;
  /** Folder for the lock, the logs and the pipeline, absolute. */
  readonly artifactsRoot: string;
  readonly script: ScriptKind;
  /** Addresses of the mirrors that were named; jobs push to the first. */
  readonly mirrors: readonly string[];
  readonly spackRepo?: string;
  readonly spackRef?: string;
}

const types: readonly PipelineType[] = ['spack_pull_request', 'spack_protected_branch', 'spack_copy_only'];

/** Returns the settings of the pipeline, from the job's environment, the stack and the command line. */
export function pipelineSettings(request: SettingsRequest): PipelineSettings {
  const { env, job, stack, rules } = request;
  const { jobName, pipeline } = job;
  const ownType = types.find((type) => type === env['SPACK_PIPELINE_TYPE']);
  const trusted = job.trust === 'protected' ? 'spack_protected_branch' : 'spack_pull_request';
  const isInside = env['SLIPWAY_TRUST'] !== undefined || rules === undefined;
  const pipelineType = ownType ?? (isInside ? trusted : undefined);
  return {
    artifactsRoot: relative(job.projectFolder, request.artifactsRoot) || '.',
    environment: relative(job.projectFolder, request.environment) || '.',
    script: request.script,
    reservesTags: ownType !== undefined,
    nothingPruned: request.decided.nothingPruned,
    prunesUntouched: request.decided.prunesUntouched,
    // The server maintains the index of its jobs' mirror.
    rebuildsIndex: env['SLIPWAY_MIRROR'] === undefined,
    mirrors: mirrorsOf(stack, request.mirrors[0]),
    variables: { ...(rules === undefined ? {} : spackVersionVariables(request.lock)), ...forwarded(request) },
    copyTo: env['SPACK_COPY_BUILDCACHE'] || undefined,
    pipelineType,
    generator: jobName === undefined || pipeline === undefined ? undefined : { job: jobName, pipeline },
    rules,
    cdash: stack.cdash && { group: stack.cdash.buildGroup, now: new Date() },
  };
}

function mirrorsOf({ mirrors }: StackFiles, url: string | undefined): NonNullable<PipelineSettings['mirrors']> {
  const destination = url === undefined ? destinationMirror(mirrors) : { fetchUrl: url, pushUrl: url };
  return { destination, source: mirrors.find(({ name, binary }) => binary && name === 'buildcache-source') };
}

function forwarded({ env, spackRepo, spackRef }: SettingsRequest): Readonly<Record<string, string>> {
  const values = {
    SPACK_CI_STACK_NAME: env['SPACK_CI_STACK_NAME'],
    SPACK_REQUIRE_SIGNING: env['SPACK_REQUIRE_SIGNING'],
    SPACK_REPO: spackRepo ?? env['SPACK_REPO'],
    SPACK_REF: spackRef ?? env['SPACK_REF'],
  };
  return Object.fromEntries(Object.entries(values).filter((one): one is [string, string] => one[1] !== undefined));
}
