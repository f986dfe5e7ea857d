import { allowsRef } from '../conditions/only-except.ts';
import type { Lookup } from '../conditions/expression.ts';
import { evaluateRules, type RuleOutcome } from '../conditions/rules.ts';
import type { Field } from '../document/field.ts';
import { copyingOf } from '../document/mapping.ts';
import { checkName, readFlag, readList, readText } from '../document/values.ts';
import type { JobPlan, Variables } from '../job-plan.ts';
import { readArtifacts } from '../keywords/artifacts.ts';
import { readCaches } from '../keywords/cache.ts';
import { readCoverage } from '../keywords/coverage.ts';
import { readDuration } from '../keywords/duration.ts';
import { readDeploymentEnvironment } from '../keywords/environment.ts';
import { readIdTokens } from '../keywords/id-tokens.ts';
import { readContainerImage, readServices } from '../keywords/image.ts';
import type { Copies, Copy } from '../keywords/parallel.ts';
import { NO_RETRY, readRetry } from '../keywords/retry.ts';
import { readTrigger } from '../keywords/trigger.ts';
import type { Reading } from '../reading.ts';
import { expandVariables } from '../variables/expand-variables.ts';
import { checkVariableNames, plainVariables, readVariables } from '../variables/variables.ts';
import { conditionVariables } from './job-conditions.ts';
import { readLinks } from './job-links.ts';
import { readScripts } from './job-scripts.ts';
import { inherits, refuseKeywords, type JobSource } from './job-source.ts';
import { readStart } from './job-start.ts';

const MAX_TAGS = 50;
const MAX_NAME = 255;
/** GitLab checks the names that are written, not those that a matrix makes of them. */
const MAX_COPY_NAME = 5000;
/** Seconds: GitLab's month. */
const MAX_TIMEOUT = 2_629_746;

export interface ReadJob {
  readonly plan: JobPlan;
  /** False: its rules leave it out of this pipeline. */
  readonly isAdded: boolean;
  readonly field: Field;
}

/** What all jobs of a configuration have in common. */
export interface JobSetting {
  readonly reading: Reading;
  /** Global variables, those of `workflow:rules` on top. */
  readonly globals: Variables;
  readonly globalCount: number;
  readonly copies: Copies;
  /** Whether jobs without rules also run in pipelines of merge requests. */
  readonly hasWorkflowRules: boolean;
}

/**
 * Reads one job whole, also where its rules leave it out, so that all of its faults are reported. `copy` is the one of
 * the jobs that `parallel` makes.
 */
export function readJob(source: JobSource, setting: JobSetting, copy?: Copy): ReadJob {
  const { field } = source;
  const { reading, copies } = setting;
  const { ofPipeline } = reading.variables;
  const name = copy?.name ?? source.name;
  const stage = readText(field.at('stage')) ?? 'test';
  const yaml = yamlVariables(source, setting, copy);
  const own: Lookup = conditionVariables(source, { name, stage }, () => reading.variables.expandedOver(yaml, own));
  const outcome = readRules(source, setting, { yaml, own });
  const variables = over(yaml, outcome?.variables);
  const isAdded = outcome !== undefined && outcome.when !== 'never';
  if (isAdded) refuseKeywords(source);
  const plan: JobPlan = {
    name,
    stage,
    kind: field.has('trigger') ? 'trigger' : 'script',
    ...readScripts(source, reading),
    variables: over(variables, ofPipeline),
    overridden: overriddenOf(source, variables, ofPipeline),
    ...readStart(source, outcome),
    ...readLinks(source, { copies, copy, shared: reading.shared, outcome }),
    ...readParts(source, { reading, isAdded, lookup: reading.variables.expandedOver(variables, own) }),
    interruptible: outcome?.interruptible ?? readFlag(field.at('interruptible')) ?? false,
  };
  checkVariableNames(variables, field.at('variables'), reading.checkedNames);
  checkLength(name, copy === undefined ? MAX_NAME : MAX_COPY_NAME, field);
  return { plan, isAdded, field };
}

function checkLength({ length }: string, limit: number, field: Field): void {
  if (length <= limit) return;
  const expected = `of at most ${limit} characters`;
  field.error('GITLAB_VALUE_INVALID', { keyword: 'the name of a job', expected, actual: length });
}

/** Reads keywords that depend on no other keyword. */
function readParts(
  { field }: JobSource,
  { reading: { shared, context, repository }, isAdded, lookup }: { reading: Reading; isAdded: boolean; lookup: Lookup },
) {
  const read = <Result>(key: string, reader: (field: Field) => Result, kind = key): Result | undefined =>
    field.has(key) ? shared.read(kind, field.at(key), reader) : undefined;
  const mayFetch = context.fetchInclude !== undefined || !isAdded;
  const resourceGroup = read('resource_group', readText);
  const readFile = context.readFile ?? (() => undefined);
  const filesLike = (pattern: string) => repository.filesLike(pattern);
  return {
    retry: read('retry', readRetry) ?? NO_RETRY,
    tags: expandAll(read('tags', readTags) ?? [], lookup).map((tag) => checkName(tag, field.at('tags'))),
    services: read('services', readServices) ?? [],
    artifacts: read('artifacts', readArtifacts),
    cache: read('cache', (caches) => readCaches(caches, { readFile, filesLike })),
    timeout: read('timeout', (time) => readDuration(time, MAX_TIMEOUT)),
    image: read('image', readContainerImage),
    resourceGroup: resourceGroup && checkName(expandVariables(resourceGroup, lookup), field.at('resource_group')),
    environment: readDeploymentEnvironment(field.at('environment'), lookup),
    coverage: read('coverage', readCoverage),
    idTokens: read('id_tokens', readIdTokens),
    trigger: read('trigger', (one) => readTrigger(one, mayFetch), isAdded ? 'trigger' : 'trigger left out'),
  };
}

/** Returns global variables as far as they are inherited, the job's own, and those that distinguish copies. */
function yamlVariables(
  { field, inheritedVariables }: JobSource,
  { globals, globalCount, reading }: JobSetting,
  copy?: Copy,
): Variables {
  const written = field.at('variables');
  reading.budget.entries(copyingOf(globalCount + Object.keys(written.mapping).length));
  const inherited =
    inheritedVariables === true
      ? globals
      : Object.fromEntries(Object.entries(globals).filter(([name]) => inherits(inheritedVariables, name)));
  const own = readVariables(written);
  if (copy === undefined) return over(inherited, own);
  const node = { ...copy.variant, CI_NODE_INDEX: String(copy.index), CI_NODE_TOTAL: String(copy.total) };
  return { ...inherited, ...own, ...plainVariables(node) };
}

function overriddenOf({ field }: JobSource, variables: Variables, ofPipeline: Variables): JobPlan['overridden'] {
  if (!field.has('trigger')) return undefined;
  const overridden = Object.entries(variables).filter(([name]) => Object.hasOwn(ofPipeline, name));
  return overridden.length === 0 ? undefined : Object.fromEntries(overridden);
}

/** `Object.assign` takes a tenth of the time of a spread of two objects. */
function over(under: Variables, upper: Variables = {}): Variables {
  for (const _ in upper) return Object.assign({}, under, upper);
  return under;
}

/** Returns the rule that holds, or nothing special for a job without rules; undefined where the job is left out. */
function readRules(
  { field }: JobSource,
  setting: JobSetting,
  { yaml, own }: { readonly yaml: Variables; readonly own: Lookup },
): RuleOutcome | undefined {
  const { conditions, repository, variables, context, budget } = setting.reading;
  const [lookup, expanded] = [variables.over(yaml, own), variables.expandedOver(yaml, own)];
  const shared = { conditions, repository, lookup, expanded, budget };
  if (field.has('rules')) return evaluateRules(field.at('rules'), { ...shared, kind: 'job' });
  if (!field.has('only') && !field.has('except') && setting.hasWorkflowRules) return { variables: {} };
  return allowsRef(field, { ...shared, source: context.source }) ? { variables: {} } : undefined;
}

function readTags(field: Field): readonly string[] {
  const tags = readList(field) ?? [];
  if (tags.length > MAX_TAGS) field.invalid(`a list of at most ${MAX_TAGS} tags`);
  return tags.slice(0, MAX_TAGS);
}

function expandAll(texts: readonly string[], lookup: Lookup): readonly string[] {
  return texts.some((text) => /[$%]/.test(text)) ? texts.map((text) => expandVariables(text, lookup)) : texts;
}
