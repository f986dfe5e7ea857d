import { generateError } from '../errors.ts';
import { serviceAttributes, stackRules, type JobAttributes } from '../ci/job-attributes.ts';
import type { NamedJob } from '../ci/ci-section.ts';
import { withLegacyAttributes } from '../ci/legacy-section.ts';
import { serviceRetry } from './retry.ts';
import { flatScript, reindexScript } from './scripts.ts';
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
  const { source, destination } = settings.mirrors ?? {};
  const need = 'a pipeline that copies';
  if (source === undefined) throw generateError('GENERATE_MIRROR_MISSING', { name: 'buildcache-source', need });
  if (destination === undefined)
    throw generateError('GENERATE_MIRROR_MISSING', { name: 'buildcache-destination', need });
  const attributes = attributesOf('copy', settings);
  const job = {
    ...withScripts(attributes),
    stage: 'copy',
    needs: settings.generator && [settings.generator],
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

/** GitLab requires at least one job. */
export function noopJob(settings: PipelineSettings): JobAttributes {
  return { ...withScripts(attributesOf('noop', settings)), retry: 0, allow_failure: true };
}

function signing(settings: PipelineSettings): readonly ServiceJob[] {
  if (settings.rules?.kind !== 'ci' || settings.pipelineType !== 'spack_protected_branch') return [];
  const attributes = attributesOf('signing', settings);
  if (attributes['script'] === undefined) return [];
  const stage = 'stage-sign-pkgs';
  const job = {
    ...withScripts(attributes),
    variables: {
      ...(attributes['variables'] as object),
      SPACK_BUILDCACHE_DESTINATION: settings.mirrors?.destination?.pushUrl,
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
  // Before 0.19 the index was updated only if the stack named a runner for it, and never for a pull request.
  const isOld = rules.kind === 'gitlab-ci';
  if (isOld && (rules.section.finalIndex === undefined || settings.pipelineType === 'spack_pull_request')) return [];
  const attributes = isOld
    ? withLegacyAttributes({ script: reindexScript(script) }, rules.section.finalIndex ?? {})
    : attributesOf('reindex', settings);
  const stage = 'stage-rebuild-index';
  const scripts = withScripts(attributes);
  const job = {
    ...scripts,
    script: (scripts['script'] as readonly string[]).map((line) => line.replaceAll('{index_target_mirror}', target)),
    stage,
    when: 'always',
    retry: serviceRetry,
    interruptible: true,
    dependencies: [],
  };
  return [{ name: 'rebuild-index', stage, job }];
}

function attributesOf(job: Exclude<NamedJob, 'any' | 'build'>, { rules, script }: PipelineSettings): JobAttributes {
  return serviceAttributes(job, stackRules(rules?.kind === 'ci' ? rules.section.rules : [], script));
}

function withScripts(attributes: JobAttributes): JobAttributes {
  const flat = ['before_script', 'script', 'after_script'].flatMap((key) =>
    attributes[key] === undefined || attributes[key] === null ? [] : [[key, flatScript(attributes[key], '')] as const],
  );
  return { ...attributes, ...Object.fromEntries(flat) };
}
