import { relative } from 'node:path';
import { spackVersionVariables } from '../../generate/index.ts';
import type { PipelineSettings, PipelineType, ScriptKind, Stack, StackRules } from '../../generate/index.ts';
import type { Lockfile } from '../../spack/index.ts';
import type { JobEnvironment } from '../job-environment.ts';

type Variables = Readonly<Record<string, string | undefined>>;

export interface SettingsRequest {
  readonly env: Variables;
  readonly job: JobEnvironment;
  readonly lock: Lockfile;
  readonly stack: Stack;
  readonly rules: StackRules | undefined;
  readonly places: { readonly environment: string; readonly artifactsRoot: string };
  readonly script: ScriptKind;
  readonly nothingPruned: boolean;
  readonly prunesUntouched: boolean;
  /** The mirror that was named on the command line. */
  readonly mirror?: string;
  readonly spackRepo?: string;
  readonly spackRef?: string;
  readonly now: Date;
}

/** What the pipeline is written with, out of the job's environment, the stack and the command line. */
export function pipelineSettings(request: SettingsRequest): PipelineSettings {
  const { env, job, stack, rules, places } = request;
  const { jobName, pipeline } = job;
  const given = readType(env['SPACK_PIPELINE_TYPE']);
  const trusted = job.trust === 'protected' ? 'spack_protected_branch' : 'spack_pull_request';
  const isInside = env['SLIPWAY_TRUST'] !== undefined || rules === undefined;
  const pipelineType = given ?? (isInside ? trusted : undefined);
  return {
    artifactsRoot: relative(job.projectFolder, places.artifactsRoot) || '.',
    environment: relative(job.projectFolder, places.environment) || '.',
    script: request.script,
    reservesTags: given !== undefined,
    nothingPruned: request.nothingPruned,
    prunesUntouched: request.prunesUntouched,
    // The server keeps the index of the mirror that it gives to its jobs.
    rebuildsIndex: env['SLIPWAY_MIRROR'] === undefined,
    mirrors: mirrorPlaces(stack, request.mirror),
    variables: { ...(rules === undefined ? {} : spackVersionVariables(request.lock)), ...forwarded(request) },
    ...(env['SPACK_COPY_BUILDCACHE'] ? { copyTo: env['SPACK_COPY_BUILDCACHE'] } : {}),
    ...(pipelineType === undefined ? {} : { pipelineType }),
    ...(jobName === undefined || pipeline === undefined ? {} : { generator: { job: jobName, pipeline } }),
    ...(rules === undefined ? {} : { rules }),
    ...(stack.cdash === undefined ? {} : { cdash: { group: stack.cdash.buildGroup, now: request.now } }),
  };
}

function mirrorPlaces({ mirrors }: Stack, given: string | undefined): NonNullable<PipelineSettings['mirrors']> {
  const binary = mirrors.filter((one) => one.binary);
  const named = (name: string) => binary.find((one) => one.name === name);
  // Before 0.21 there was no name for it: binaries went to the first mirror.
  const first = named('buildcache-destination') ?? binary.find((one) => one.name !== 'buildcache-source');
  const destination = given === undefined ? first : { fetchUrl: given, pushUrl: given };
  const source = named('buildcache-source');
  return { ...(destination === undefined ? {} : { destination }), ...(source === undefined ? {} : { source }) };
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

function readType(text: string | undefined): PipelineType | undefined {
  const types = ['spack_pull_request', 'spack_protected_branch', 'spack_copy_only'] as const;
  return types.find((type) => type === text);
}
