import { generateError } from '../errors.ts';
import { serviceAttributes, stackRules, type JobAttributes } from '../ci/job-attributes.ts';
import type { PipelineRule } from '../ci/ci-section.ts';
import { overlay } from '../ci/legacy-section.ts';
import { serviceRetry } from './retry.ts';
import { defaultScript, flatScript, reindexScript } from './scripts.ts';
import type { PipelineSettings } from './settings.ts';

export interface ServiceJob {
  readonly name: string;
  readonly stage: string;
  readonly job: JobAttributes;
}

/** The jobs that follow the builds: signing where a stack has a signer, and the mirror's index. */
export function serviceJobs(settings: PipelineSettings): readonly ServiceJob[] {
  if (settings.rules === undefined) return [];
  return [...signing(settings), ...reindexing(settings)];
}

/**
 * The jobs of a pipeline that only copies binaries from one mirror to another: the copy, and the index of where they
 * went.
 */
export function copyJobs(settings: PipelineSettings): readonly ServiceJob[] {
  return [copying(settings), ...reindexing(settings)];
}

function copying(settings: PipelineSettings): ServiceJob {
  const { mirrors = {}, generator } = settings;
  const [source, destination] = [mirrors.source, mirrors.destination];
  const need = 'a pipeline that copies';
  if (source === undefined) throw generateError('GENERATE_MIRROR_MISSING', { name: 'buildcache-source', need });
  if (destination === undefined)
    throw generateError('GENERATE_MIRROR_MISSING', { name: 'buildcache-destination', need });
  const attributes = serviceAttributes('copy', rulesOf(settings));
  const job = {
    ...withScripts(attributes),
    stage: 'copy',
    ...(generator === undefined ? {} : { needs: [{ job: generator.job, pipeline: generator.pipeline }] }),
    variables: {
      ...(attributes['variables'] as object),
      SPACK_COPY_ONLY_DESTINATION: destination.fetchUrl,
      SPACK_BUILDCACHE_SOURCE: source.fetchUrl,
      SPACK_BUILDCACHE_RELATIVE_KEYS_URL: 'v3/manifests/key',
    },
    dependencies: [],
  };
  return { name: 'copy', stage: 'copy', job };
}

/** GitLab wants at least one job. */
export function noopJob(settings: PipelineSettings): JobAttributes {
  return { ...withScripts(serviceAttributes('noop', rulesOf(settings))), retry: 0, allow_failure: true };
}

function signing(settings: PipelineSettings): readonly ServiceJob[] {
  if (settings.rules?.kind !== 'ci' || settings.pipelineType !== 'spack_protected_branch') return [];
  const attributes = serviceAttributes('signing', rulesOf(settings));
  if (attributes['script'] === undefined) return [];
  const destination = settings.mirrors?.destination?.pushUrl;
  const stage = 'stage-sign-pkgs';
  const job = {
    ...withScripts(attributes),
    variables: {
      ...(attributes['variables'] as object),
      ...(destination === undefined ? {} : { SPACK_BUILDCACHE_DESTINATION: destination }),
      SPACK_BUILDCACHE_RELATIVE_SPECS_URL: 'v3/manifests/spec',
      SPACK_BUILDCACHE_RELATIVE_KEYS_URL: 'v3/manifests/key',
    },
    stage,
    when: 'always',
    retry: { max: 2, when: ['always'] },
    interruptible: true,
    dependencies: [],
  };
  return [{ name: 'sign-pkgs', stage, job }];
}

function reindexing(settings: PipelineSettings): readonly ServiceJob[] {
  const { rules, mirrors, script } = settings;
  const target = mirrors?.destination?.pushUrl;
  if (settings.rebuildsIndex === false || target === undefined || rules === undefined) return [];
  if (rules.kind === 'ci' && !rules.section.rebuildIndex) return [];
  // Before 0.19 the index was made again only where the stack said on which machine, and never for a pull request.
  const isOld = rules.kind === 'gitlab-ci';
  if (isOld && (rules.section.finalIndex === undefined || settings.pipelineType === 'spack_pull_request')) return [];
  const attributes = isOld
    ? overlay({ script: reindexScript(script) }, rules.section.finalIndex ?? {})
    : serviceAttributes('reindex', rulesOf(settings));
  const stage = 'stage-rebuild-index';
  const lines = flatScript(attributes['script'], '').map((line) => line.replaceAll('{index_target_mirror}', target));
  const job = {
    ...withScripts(attributes),
    script: lines,
    stage,
    when: 'always',
    retry: serviceRetry,
    interruptible: true,
    dependencies: [],
  };
  return [{ name: 'rebuild-index', stage, job }];
}

function rulesOf({ rules, script }: PipelineSettings): readonly PipelineRule[] {
  const scripts = { build: defaultScript(script), reindex: reindexScript(script) };
  const none = { rules: [], rebuildIndex: false, brokenTestsPackages: [] };
  return stackRules(rules?.kind === 'ci' ? rules.section : none, scripts);
}

function withScripts(attributes: JobAttributes): JobAttributes {
  const flat = ['before_script', 'script', 'after_script'].flatMap((key) =>
    attributes[key] === undefined || attributes[key] === null ? [] : [[key, flatScript(attributes[key], '')] as const],
  );
  return { ...attributes, ...Object.fromEntries(flat) };
}
