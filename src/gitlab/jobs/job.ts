import { readArtifacts } from '../keywords/artifacts.ts';
import { readCaches } from '../keywords/cache.ts';
import { allowsRef } from '../conditions/only-except.ts';
import { readCoverage } from '../keywords/coverage.ts';
import { readDuration } from '../keywords/duration.ts';
import { readDeploymentEnvironment } from '../keywords/environment.ts';
import { expandVariables } from '../variables/expand-variables.ts';
import type { Lookup } from '../conditions/expression.ts';
import type { Spot } from '../document/fault-list.ts';
import { readIdTokens } from '../keywords/id-tokens.ts';
import { readContainerImage, readServices } from '../keywords/image.ts';
import type { JobPlan, Variables } from '../job-plan.ts';
import { conditionVariables } from './job-conditions.ts';
import { readLinks } from './job-links.ts';
import { readScripts } from './job-scripts.ts';
import { refuseKeywords, type JobSource } from './job-source.ts';
import { readStart } from './job-start.ts';
import { copyingOf, get, isMapping } from '../document/mapping.ts';
import type { Copies, Copy } from '../keywords/parallel.ts';
import type { Reading } from '../reading.ts';
import { NO_RETRY, readRetry } from '../keywords/retry.ts';
import { evaluateRules, type RuleOutcome } from '../conditions/rules.ts';
import { readTrigger } from '../keywords/trigger.ts';
import { checkName, readFlag, readList, readText } from '../document/values.ts';
import { checkVariableNames, readVariables } from '../variables/variables.ts';

const MAX_TAGS = 50;
const MAX_NAME = 255;
/** Seconds: GitLab's month. */
const MAX_TIMEOUT = 2_629_746;

export interface ReadJob {
  readonly plan: JobPlan;
  /** False: its rules leave it out of this pipeline. */
  readonly isAdded: boolean;
  readonly spot: Spot;
}

/** What all jobs of a configuration have in common. */
export interface JobSetting {
  readonly reading: Reading;
  /** Global variables, those of `workflow:rules` on top. */
  readonly globals: Variables;
  readonly globalCount: number;
  readonly copies: Copies;
  /** Whether jobs that say nothing run in pipelines of merge requests, too. */
  readonly hasWorkflowRules: boolean;
}

/**
 * Reads one job whole, also where its rules leave it out, so that all of its faults are told. `copy` says which of the
 * jobs it is that `parallel` makes.
 */
export function readJob(source: JobSource, setting: JobSetting, copy?: Copy): ReadJob {
  const { value, spot } = source;
  const { reading, copies } = setting;
  const { given } = reading.variables;
  const name = copy?.name ?? source.name;
  const stage = readText(get(value, 'stage'), spot.child('stage')) ?? 'test';
  const yaml = yamlVariables(source, setting, copy);
  const own: Lookup = conditionVariables(source, { name, stage }, () => reading.variables.expandedOver(yaml, own));
  const outcome = readRules(source, setting, { yaml, own });
  const variables = over(yaml, outcome?.variables);
  const isAdded = outcome !== undefined && outcome.when !== 'never';
  if (isAdded) refuseKeywords(source);
  const plan: JobPlan = {
    name,
    stage,
    kind: Object.hasOwn(value, 'trigger') ? 'trigger' : 'script',
    ...readScripts(source, reading),
    variables: over(variables, given),
    ...overriddenOf(source, variables, given),
    ...readStart(source, outcome),
    ...readLinks(source, { copies, copy, shared: reading.shared, outcome }),
    ...readParts(source, { reading, isAdded, lookup: reading.variables.expandedOver(variables, own) }),
    interruptible:
      outcome?.interruptible ?? readFlag(get(value, 'interruptible'), spot.child('interruptible')) ?? false,
  };
  checkVariableNames(variables, spot.child('variables'), reading.checkedNames);
  if (name.length > MAX_NAME) {
    const details = {
      keyword: 'the name of a job',
      expected: `of at most ${MAX_NAME} characters`,
      actual: name.length,
    };
    spot.error('GITLAB_VALUE_INVALID', details);
  }
  return { plan, isAdded, spot };
}

type Parts = Omit<
  JobPlan,
  'name' | 'stage' | 'kind' | 'script' | 'afterScript' | 'variables' | 'when' | 'allowFailure' | 'interruptible'
>;

/** Keywords that stand for themselves. */
function readParts(
  { value, spot }: JobSource,
  { reading: { shared, context }, isAdded, lookup }: { reading: Reading; isAdded: boolean; lookup: Lookup },
): Parts {
  const mayFetch = context.fetchInclude !== undefined;
  const read = <Result>(
    key: string,
    reader: (value: unknown, spot: Spot) => Result,
    kind: string = key,
  ): Result | undefined =>
    Object.hasOwn(value, key) ? shared.read(kind, value[key], { spot: spot.child(key), reader }) : undefined;
  const resourceGroup = read('resource_group', readText);
  const optional = {
    artifacts: read('artifacts', readArtifacts),
    cache: read('cache', (caches, at) => readCaches(caches, at, context.readFile ?? (() => undefined))),
    timeout: read('timeout', (time, at) => readDuration(time, at, MAX_TIMEOUT)),
    image: read('image', readContainerImage),
    resourceGroup:
      resourceGroup === undefined
        ? undefined
        : checkName(expandVariables(resourceGroup, lookup), spot.child('resource_group')),
    environment: readDeploymentEnvironment(get(value, 'environment'), spot.child('environment'), lookup),
    coverage: read('coverage', readCoverage),
    idTokens: read('id_tokens', readIdTokens),
    trigger: read(
      'trigger',
      (trigger, at) => readTrigger(trigger, at, { mayFetch, isLeftOut: !isAdded }),
      isAdded ? 'trigger' : 'trigger left out',
    ),
  };
  return {
    retry: read('retry', readRetry) ?? NO_RETRY,
    tags: expandAll(read('tags', readTags) ?? [], lookup).map((tag) => checkName(tag, spot.child('tags'))),
    services: read('services', readServices) ?? [],
    ...present(optional),
  };
}

/** Global variables as far as they are inherited, the job's own, and those that tell copies apart. */
function yamlVariables(
  { value, spot, inheritedVariables: takes }: JobSource,
  { globals, globalCount, reading }: JobSetting,
  copy?: Copy,
): Variables {
  const written = get(value, 'variables');
  reading.budget.entries(copyingOf(globalCount + (isMapping(written) ? Object.keys(written).length : 0)));
  const inherited =
    takes === true
      ? globals
      : Object.fromEntries(Object.entries(globals).filter(([name]) => takes !== false && takes.has(name)));
  const own = readVariables(written, spot.child('variables'));
  if (copy === undefined) return over(inherited, own);
  const node = { ...copy.variant, CI_NODE_INDEX: String(copy.index), CI_NODE_TOTAL: String(copy.total) };
  const told = Object.entries(node).map(([name, text]) => [name, { value: text, raw: false }] as const);
  return { ...inherited, ...own, ...Object.fromEntries(told) };
}

function overriddenOf({ value }: JobSource, variables: Variables, given: Variables): Pick<JobPlan, 'overridden'> {
  if (!Object.hasOwn(value, 'trigger')) return {};
  const overridden = Object.entries(variables).filter(([name]) => Object.hasOwn(given, name));
  return overridden.length === 0 ? {} : { overridden: Object.fromEntries(overridden) };
}

/** `Object.assign` takes a tenth of the time of a spread of two objects. */
function over(under: Variables, upper: Variables = {}): Variables {
  for (const _ in upper) return Object.assign({}, under, upper);
  return under;
}

/** The rule that holds, or nothing special for a job without rules; undefined where the job is left out. */
function readRules(
  { value, spot }: JobSource,
  setting: JobSetting,
  { yaml, own }: { readonly yaml: Variables; readonly own: Lookup },
): RuleOutcome | undefined {
  const { conditions, repository, variables, context, budget } = setting.reading;
  const [lookup, expanded] = [variables.over(yaml, own), variables.expandedOver(yaml, own)];
  const shared = { conditions, repository, lookup, expanded, budget };
  const rules = get(value, 'rules');
  if (rules !== undefined) return evaluateRules(rules, spot.child('rules'), { ...shared, kind: 'job' });
  const hasRefs = Object.hasOwn(value, 'only') || Object.hasOwn(value, 'except');
  if (!hasRefs && setting.hasWorkflowRules) return { variables: {} };
  return allowsRef(value, spot, { ...shared, source: context.source }) ? { variables: {} } : undefined;
}

function readTags(value: unknown, spot: Spot): readonly string[] {
  const tags = readList(value, spot) ?? [];
  if (tags.length > MAX_TAGS) spot.invalid(`a list of at most ${MAX_TAGS} tags`, value);
  return tags.slice(0, MAX_TAGS);
}

function expandAll(texts: readonly string[], lookup: Lookup): readonly string[] {
  return texts.some((text) => /[$%]/.test(text)) ? texts.map((text) => expandVariables(text, lookup)) : texts;
}

/** Leaves out what is undefined, so that plans stay small and equal as JSON. */
function present<T extends object>(record: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  const kept: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(record)) if (value !== undefined) kept[key] = value;
  return kept as { [Key in keyof T]?: Exclude<T[Key], undefined> };
}
