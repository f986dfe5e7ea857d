import { memoized } from '../../kit/index.ts';
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
import { legacyAttributes, withLegacyAttributes } from '../ci/legacy-section.ts';
import { packageMatcher } from '../ci/match-package.ts';
import { cdashBuildName, cdashBuildStamp } from './cdash-names.ts';
import { slipwayRetry, spackRetry } from './retry.ts';
import { defaultScript, flatScript, withSlipway } from './scripts.ts';
import type { PipelineSettings } from './settings.ts';

export interface BuildJob {
  readonly name: string;
  readonly decision: BuildDecision;
  /** By the keys of GitLab; everything written out. */
  readonly job: JobAttributes;
}

interface JobsRequest {
  readonly lock: Lockfile;
  readonly settings: PipelineSettings;
  readonly names: ReadonlyMap<string, string>;
}

/**
 * Yields the jobs of the packages that are built, in the order of the decisions, one at a time: a large lock has very
 * many. A package that no rule matches has no job.
 */
export function* buildJobs(decisions: readonly BuildDecision[], request: JobsRequest): Iterable<BuildJob> {
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

/** Returns a function that applies the stack's rules to a package. */
function attributesBy({ lock, settings }: JobsRequest): (node: SpecNode) => JobAttributes | undefined {
  const { rules, script } = settings;
  const known = (node: SpecNode) => ({ variables: packageVariables(lock, node, settings) });
  const base = { script: defaultScript(script) };
  if (rules === undefined) return (node) => ({ ...base, ...known(node) });
  if (rules.kind === 'gitlab-ci')
    return (node) => {
      const found = legacyAttributes(rules.section, node, lock);
      return found && withLegacyAttributes({ ...base, ...found }, known(node));
    };
  const { section, answers } = rules;
  const attributes = buildAttributes({
    rules: stackRules(section.rules, script),
    match: packageMatcher(lock),
    answers,
  });
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

type FinishContext = JobsRequest & {
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
  const needs = decision.needs
    .filter((hash) => scheduled.has(hash))
    .map((hash) => ({ job: names.get(hash), artifacts: false }));
  return {
    ...attributes,
    ...fixed(attributes),
    variables: { ...(attributes['variables'] as object), ...decisionVariables(context) },
    needs: [...needs, settings.generator].filter((need) => need !== undefined),
    stage: `stage-${decision.depth}`,
    interruptible: true,
  };
}

/**
 * Returns a function that computes what all jobs of one rule have in common: scripts, tags, artifacts, retry. The
 * result for one value of a rule is one object in all of these jobs.
 */
function fixedParts(settings: PipelineSettings): (attributes: JobAttributes) => JobAttributes {
  const { artifactsRoot, script, rules } = settings;
  const folders = ['logs', 'reproduction', 'tests', ...(rules === undefined ? [] : ['user_data'])];
  const own = folders.map((folder) => `${artifactsRoot}/${folder}`);
  // What `slipway rebuild` leaves; plain Spack leaves none.
  const reports = script === 'slipway' ? { reports: { junit: `${artifactsRoot}/tests/*.junit.xml` } } : {};
  const lines = (value: unknown) => {
    if (value === undefined) return undefined;
    const flat = flatScript(value, `${artifactsRoot}/concrete_environment`);
    return script === 'slipway' ? withSlipway(flat) : flat;
  };
  const parts = Object.entries({
    before_script: memoized(lines),
    script: memoized(lines),
    after_script: memoized(lines),
    tags: memoized((value: unknown) => tagsOf(value, settings)),
    artifacts: memoized((value: unknown) => mergeConfig(value, { when: 'always', paths: own, ...reports })),
    retry: memoized((value: unknown) => mergeConfig(script === 'spack' ? spackRetry : slipwayRetry, value ?? {})),
  });
  return (attributes) =>
    Object.fromEntries(
      parts
        .map(([key, compute]) => [key, compute(attributes[key] ?? undefined)])
        .filter(([, part]) => part !== undefined),
    );
}

function tagsOf(tags: unknown, { reservesTags, pipelineType }: PipelineSettings): unknown {
  if (reservesTags !== true) return tags;
  const left = ((tags ?? []) as readonly string[]).filter((tag) => !reservedTags.includes(tag));
  const own = { spack_protected_branch: ['protected'], spack_pull_request: ['public'], spack_copy_only: [] };
  return [...left, ...(pipelineType === undefined ? [] : own[pipelineType])];
}

function decisionVariables({ decision, lock, settings, stamp }: FinishContext): Readonly<Record<string, unknown>> {
  const { cdash } = settings;
  return {
    SPACK_SPEC_NEEDS_REBUILD: decision.present ? 'False' : 'True',
    ...(cdash && {
      SPACK_CDASH_BUILD_NAME: cdashBuildName(lock, nodeOf(lock, decision.hash), cdash.group),
      SPACK_CDASH_BUILD_STAMP: stamp,
    }),
  };
}
