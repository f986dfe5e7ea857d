import {
  architectureText,
  compilerOf,
  mergeConfig,
  variantsText,
  type Lockfile,
  type SpecNode,
} from '../../spack/index.ts';
import { ciRules, reservedTags, stackRules, type JobAttributes, type MatchedRules } from '../ci/job-attributes.ts';
import { legacyRules } from '../ci/legacy-section.ts';
import { packageMatcher } from '../ci/match-package.ts';
import { cdashBuildName, cdashBuildStamp } from './cdash-names.ts';
import { slipwayRetry, spackRetry } from './retry.ts';
import { defaultScript, flatScript, withSlipway } from './scripts.ts';
import type { PipelineSettings } from './settings.ts';

type Variables = Readonly<Record<string, string>>;

/** The job of all packages that meet the same rules and have the same compiler and architecture. */
interface JobTemplate {
  /** One object for all templates that have the same here. */
  readonly shared: JobAttributes;
  /** Variables that differ from package to package, each with what gives its value. */
  readonly own: readonly (readonly [string, (node: SpecNode) => string])[];
}

/** What stands for a package while the rules are applied. No variable can hold the character 0. */
const placeholders = { hash: '\0hash\0', name: '\0name\0', version: '\0version\0' };
const variantsPlaceholder = '\0variants\0';
const anyPlaceholder = /\0(?:hash|name|version|variants)\0/g;
const values: Readonly<Record<string, (node: SpecNode) => string>> = {
  [placeholders.hash]: ({ hash }) => hash,
  [placeholders.name]: ({ name }) => name,
  [placeholders.version]: ({ version }) => version,
  [variantsPlaceholder]: variantsText,
};

/** Lets GitLab compose a text from variables that every job has. */
const references = {
  hash: '${SPACK_JOB_SPEC_DAG_HASH}',
  name: '${SPACK_JOB_SPEC_PKG_NAME}',
  version: '${SPACK_JOB_SPEC_PKG_VERSION}',
};

/** Returns a function that gives a package's template; undefined if no rule of the stack matches the package. */
export function jobTemplates(
  lock: Lockfile,
  settings: PipelineSettings,
): (node: SpecNode, present: boolean) => JobTemplate | undefined {
  const rulesFor = rulesOf(lock, settings);
  const templates = new Map<string, JobTemplate>();
  const distinct = new Map<string, JobAttributes>();
  return (node, present) => {
    const rules = rulesFor(node);
    if (rules === undefined) return undefined;
    const { name, version } = compilerOf(node, lock.nodes) ?? {};
    const key = [rules.key, name, version, architectureText(node), present].join('\0');
    const known = templates.get(key);
    if (known !== undefined) return known;
    const { shared, own } = makeTemplate(rules, { lock, node, present, settings });
    const text = JSON.stringify(shared);
    if (!distinct.has(text)) distinct.set(text, shared);
    const template = { shared: distinct.get(text) as JobAttributes, own };
    templates.set(key, template);
    return template;
  };
}

function rulesOf(lock: Lockfile, { rules, script }: PipelineSettings): (node: SpecNode) => MatchedRules | undefined {
  const base = { script: defaultScript(script) };
  if (rules === undefined) {
    const none = { key: '', apply: (variables: Variables) => ({ ...base, variables }) };
    return () => none;
  }
  if (rules.kind === 'gitlab-ci') return legacyRules(rules.section, lock, base);
  const { section, answers } = rules;
  return ciRules({ rules: stackRules(section.rules, script), match: packageMatcher(lock), answers });
}

interface TemplateRequest {
  readonly lock: Lockfile;
  /** One of the packages. */
  readonly node: SpecNode;
  readonly present: boolean;
  readonly settings: PipelineSettings;
}

function makeTemplate(rules: MatchedRules, request: TemplateRequest): JobTemplate {
  const attributes = rules.apply(packageVariables(request));
  const { stage: _stage, needs: _needs, variables, ...others } = attributes;
  const all = Object.entries({ ...(variables as object), ...decisionVariables(request) });
  const isOwn = (one: readonly [string, unknown]): one is [string, string] =>
    typeof one[1] === 'string' && one[1].search(anyPlaceholder) >= 0;
  return {
    shared: {
      ...others,
      ...fixedParts(attributes, request.settings),
      interruptible: true,
      variables: Object.fromEntries(all.filter((one) => !isOwn(one))),
    },
    own: all.filter(isOwn).map(([name, text]) => [name, valueOf(text)]),
  };
}

function valueOf(text: string): (node: SpecNode) => string {
  const fillIn = (node: SpecNode) => text.replace(anyPlaceholder, (found) => values[found]?.(node) ?? found);
  return values[text] ?? fillIn;
}

/** Names and values as `spack ci rebuild` reads them; a stack without rules needs only the first three. */
function packageVariables({ lock, node, settings }: TemplateRequest): Variables {
  const { rules, withoutVariants } = settings;
  const own = {
    SPACK_JOB_SPEC_DAG_HASH: placeholders.hash,
    SPACK_JOB_SPEC_PKG_NAME: placeholders.name,
    SPACK_JOB_SPEC_PKG_VERSION: placeholders.version,
  };
  if (rules === undefined) return own;
  const { name: compiler = 'none', version = 'none' } = compilerOf(node, lock.nodes) ?? {};
  return {
    ...own,
    SPACK_JOB_SPEC_COMPILER_NAME: compiler,
    SPACK_JOB_SPEC_COMPILER_VERSION: version,
    SPACK_JOB_SPEC_ARCH: architectureText(node),
    ...(withoutVariants === true ? {} : { SPACK_JOB_SPEC_VARIANTS: variantsPlaceholder }),
  };
}

/** What the plan decides, and CDash: none of it can be changed by the stack. */
function decisionVariables({ lock, node, present, settings }: TemplateRequest): Variables {
  const { cdash, nothingPruned, withoutVariants } = settings;
  const named = { ...node, ...(withoutVariants === true ? references : placeholders) };
  return {
    SPACK_SPEC_NEEDS_REBUILD: present ? 'False' : 'True',
    // Where only some packages are built again, their jobs must not stop at the entry on the mirror.
    ...(present && nothingPruned !== true ? { SPACK_REBUILD_EVERYTHING: 'True' } : {}),
    ...(cdash && {
      SPACK_CDASH_BUILD_NAME: cdashBuildName(lock, named, cdash.group),
      SPACK_CDASH_BUILD_STAMP: cdashBuildStamp(cdash.now, cdash.group),
    }),
  };
}

/** What follows from the pipeline; of it the stack can change artifacts and retry. */
function fixedParts(attributes: JobAttributes, settings: PipelineSettings): JobAttributes {
  const { artifactsRoot, script, rules } = settings;
  const folders = ['logs', 'reproduction', 'tests', ...(rules === undefined ? [] : ['user_data'])];
  const paths = folders.map((folder) => `${artifactsRoot}/${folder}`);
  // What `slipway rebuild` leaves; plain Spack leaves none.
  const reports = script === 'slipway' ? { reports: { junit: `${artifactsRoot}/tests/*.junit.xml` } } : {};
  const lines = (value: unknown) => {
    if (value === undefined) return undefined;
    const flat = flatScript(value, `${artifactsRoot}/concrete_environment`);
    return script === 'slipway' ? withSlipway(flat) : flat;
  };
  const given = (key: string) => attributes[key] ?? undefined;
  const parts = {
    before_script: lines(given('before_script')),
    script: lines(given('script')),
    after_script: lines(given('after_script')),
    tags: tagsOf(given('tags'), settings),
    artifacts: mergeConfig(given('artifacts'), { when: 'always', paths, ...reports }),
    retry: mergeConfig(script === 'spack' ? spackRetry : slipwayRetry, given('retry') ?? {}),
  };
  return Object.fromEntries(Object.entries(parts).filter(([, part]) => part !== undefined));
}

function tagsOf(tags: unknown, { reservesTags, pipelineType }: PipelineSettings): unknown {
  if (reservesTags !== true) return tags;
  const left = ((tags ?? []) as readonly string[]).filter((tag) => !reservedTags.includes(tag));
  const own = { spack_protected_branch: ['protected'], spack_pull_request: ['public'], spack_copy_only: [] };
  return [...left, ...(pipelineType === undefined ? [] : own[pipelineType])];
}
