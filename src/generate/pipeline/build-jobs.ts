import {
  architectureText,
  compilerOf,
  mergeConfig,
  nodeOf,
  variantsText,
  type Lockfile,
  type SpecNode,
} from '../../spack/index.ts';
import type { BuildDecision } from '../plan-build.ts';
import { buildAttributes, reservedTags, stackRules, type JobAttributes } from '../ci/job-attributes.ts';
import { legacyAttributes, overlay } from '../ci/legacy-section.ts';
import { packageMatcher } from '../ci/match-package.ts';
import { cdashBuildName, cdashBuildStamp } from './cdash-names.ts';
import { slipwayRetry, spackRetry } from './retry.ts';
import { defaultScript, flatScript, reindexScript, withSlipway } from './scripts.ts';
import type { PipelineSettings } from './settings.ts';

export interface BuildJob {
  readonly name: string;
  readonly decision: BuildDecision;
  /** By the keys of GitLab; everything written out. */
  readonly job: JobAttributes;
}

interface Request {
  readonly lock: Lockfile;
  readonly settings: PipelineSettings;
  readonly names: ReadonlyMap<string, string>;
}

/**
 * The jobs of the packages that are built, in the order of the decisions. Without a matching rule a package has none.
 * Each is made when it is asked for: of a large lock not all are there at once.
 */
export function* buildJobs(decisions: readonly BuildDecision[], request: Request): Iterable<BuildJob> {
  const { lock, settings, names } = request;
  const attributesOf = attributesBy(request);
  const hasJob = ({ hash }: BuildDecision) => attributesOf(nodeOf(lock, hash)) !== undefined;
  // Only the rules of old stacks leave packages without a job.
  const made = settings.rules?.kind === 'gitlab-ci' ? decisions.filter(hasJob) : decisions;
  const scheduled = new Set(made.map(({ hash }) => hash));
  const { cdash } = settings;
  const shared = { fixed: fixedParts(settings), ...(cdash && { stamp: cdashBuildStamp(cdash.now, cdash.group) }) };
  for (const decision of made) {
    const attributes = attributesOf(nodeOf(lock, decision.hash)) ?? {};
    const job = finish(attributes, { ...request, ...shared, decision, scheduled });
    yield { name: names.get(decision.hash) ?? decision.hash, decision, job };
  }
}

/** What the stack's rules say of a package's job. */
function attributesBy({ lock, settings }: Request): (node: SpecNode) => JobAttributes | undefined {
  const { rules, script } = settings;
  const known = (node: SpecNode) => ({ variables: packageVariables(lock, node, settings) });
  const scripts = { build: defaultScript(script), reindex: reindexScript(script) };
  if (rules?.kind === 'gitlab-ci') {
    const before = { script: scripts.build };
    return (node) => {
      const found = legacyAttributes(rules.section, node, lock);
      return found && overlay(overlay(before, found), known(node));
    };
  }
  if (rules === undefined) return (node) => ({ script: scripts.build, ...known(node) });
  const context = { rules: stackRules(rules.section, scripts), match: packageMatcher(lock), asked: rules.asked };
  const attributes = buildAttributes(context);
  return (node) => attributes(known(node), node);
}

/** Names and values as `spack ci rebuild` reads them; a stack without rules needs only the first three. */
function packageVariables(
  lock: Lockfile,
  node: SpecNode,
  { rules, withoutVariants }: PipelineSettings,
): Readonly<Record<string, string>> {
  const own = {
    SPACK_JOB_SPEC_DAG_HASH: node.hash,
    SPACK_JOB_SPEC_PKG_NAME: node.name,
    SPACK_JOB_SPEC_PKG_VERSION: node.version,
  };
  if (rules === undefined) return own;
  const { name: compiler = 'none', version = 'none' } = compilerOf(node, lock.nodes) ?? {};
  return {
    ...own,
    SPACK_JOB_SPEC_COMPILER_NAME: compiler,
    SPACK_JOB_SPEC_COMPILER_VERSION: version,
    SPACK_JOB_SPEC_ARCH: architectureText(node),
    ...(withoutVariants === true ? {} : { SPACK_JOB_SPEC_VARIANTS: variantsText(node) }),
  };
}

type FinishContext = Request & {
  readonly decision: BuildDecision;
  readonly scheduled: ReadonlySet<string>;
  readonly fixed: (attributes: JobAttributes) => JobAttributes;
  /** CDash's, the same for all. */
  readonly stamp?: string;
};

/**
 * Adds what follows from the plan and the pipeline; of it nothing can be changed by the stack but artifacts and retry.
 */
function finish(attributes: JobAttributes, context: FinishContext): JobAttributes {
  const { settings, decision, names, scheduled, fixed } = context;
  const { generator } = settings;
  const needs = decision.needs
    .filter((hash) => scheduled.has(hash))
    .map((hash) => ({ job: names.get(hash), artifacts: false }));
  return {
    ...attributes,
    ...fixed(attributes),
    variables: { ...(attributes['variables'] as object), ...decisionVariables(context) },
    needs: [...needs, ...(generator === undefined ? [] : [{ job: generator.job, pipeline: generator.pipeline }])],
    stage: `stage-${decision.depth}`,
    interruptible: true,
  };
}

/**
 * What is the same in all jobs that one rule made: scripts, tags, artifacts, retry. Worked out once for each value that
 * the rules give, so that it is also one object in all of these jobs.
 */
function fixedParts(settings: PipelineSettings): (attributes: JobAttributes) => JobAttributes {
  const { artifactsRoot, script, rules } = settings;
  const folders = ['logs', 'reproduction', 'tests', ...(rules === undefined ? [] : ['user_data'])];
  const own = folders.map((folder) => `${artifactsRoot}/${folder}`);
  // What `slipway rebuild` leaves; plain Spack leaves none.
  const reports = script === 'slipway' ? { reports: { junit: `${artifactsRoot}/tests/*.junit.xml` } } : {};
  const lines = (value: unknown) => {
    const flat = flatScript(value, `${artifactsRoot}/concrete_environment`);
    return script === 'slipway' ? withSlipway(flat) : flat;
  };
  const made: Readonly<Record<string, (value: unknown) => unknown>> = {
    before_script: (value) => (value === none ? undefined : lines(value)),
    script: (value) => (value === none ? undefined : lines(value)),
    after_script: (value) => (value === none ? undefined : lines(value)),
    tags: (value) => tagsOf(value === none ? undefined : value, settings),
    artifacts: (value) => mergeConfig(value, { when: 'always', paths: own, ...reports }),
    retry: (value) => mergeConfig(script === 'spack' ? spackRetry : slipwayRetry, value),
  };
  const known = new Map<string, WeakMap<object, unknown>>(Object.keys(made).map((key) => [key, new WeakMap()]));
  return (attributes) => {
    const parts = Object.entries(made).flatMap(([key, make]) => {
      const value = attributes[key] ?? none;
      const values = known.get(key) as WeakMap<object, unknown>;
      const isObject = typeof value === 'object';
      const part = (isObject ? values.get(value) : undefined) ?? make(value);
      if (isObject && part !== undefined) values.set(value, part);
      return part === undefined ? [] : [[key, part] as const];
    });
    return Object.fromEntries(parts);
  };
}

/** Stands for an attribute that no rule gives. */
const none = {};

function tagsOf(tags: unknown, { reservesTags, pipelineType }: PipelineSettings): unknown {
  if (reservesTags !== true) return tags;
  const left = ((tags ?? []) as readonly string[]).filter((tag) => !reservedTags.includes(tag));
  const own = { spack_protected_branch: ['protected'], spack_pull_request: ['public'], spack_copy_only: [] };
  return [...left, ...(pipelineType === undefined ? [] : own[pipelineType])];
}

function decisionVariables({ decision, lock, settings, stamp }: FinishContext): Readonly<Record<string, string>> {
  const { cdash } = settings;
  return {
    SPACK_SPEC_NEEDS_REBUILD: decision.present ? 'False' : 'True',
    ...(cdash === undefined || stamp === undefined
      ? {}
      : {
          SPACK_CDASH_BUILD_NAME: cdashBuildName(lock, nodeOf(lock, decision.hash), cdash.group),
          SPACK_CDASH_BUILD_STAMP: stamp,
        }),
  };
}
