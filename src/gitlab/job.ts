import { readAllowFailure } from './allow-failure.ts';
import { readArtifacts } from './artifacts.ts';
import { readDuration } from './duration.ts';
import { expandVariables } from './expand-variables.ts';
import type { Spot } from './fault-list.ts';
import { readImage, readServices } from './image.ts';
import type { JobPlan, Variables } from './job-plan.ts';
import type { JobSource } from './job-source.ts';
import { get, isMapping } from './mapping.ts';
import { readNeeds } from './needs.ts';
import { lookupIn } from './reading.ts';
import type { Reading } from './reading.ts';
import { NO_RETRY, readRetry } from './retry.ts';
import { JOB_RULE_KEYS, evaluateRules } from './rules.ts';
import type { RuleOutcome } from './rules.ts';
import { readTrigger } from './trigger.ts';
import { readChoice, readFlag, readMapping, readText, readTexts } from './values.ts';
import { plainVariables, readVariables } from './variables.ts';

const MAX_TAGS = 50;
const WHENS = ['on_success', 'on_failure', 'always', 'manual', 'delayed', 'never'] as const;

export interface ReadJob {
  readonly plan: JobPlan;
  /** False: its rules leave it out of this pipeline. */
  readonly isAdded: boolean;
  readonly parallel?: number;
  readonly spot: Spot;
}

/** Reads one job whole, also where its rules leave it out, so that all of its faults are told. */
export function readJob(source: JobSource, reading: Reading, globals: Variables): ReadJob {
  const { name, value, spot } = source;
  const at = (key: string) => [get(value, key), spot.child(key)] as const;
  const yaml = { ...inherited(globals, source.inheritedVariables), ...readVariables(...at('variables')) };
  const rules = readRules(source, reading, yaml);
  const outcome = rules ?? { variables: {} };
  const when = outcome.when ?? readChoice(...at('when'), WHENS) ?? 'on_success';
  const yamlVariables = { ...yaml, ...outcome.variables };
  const kind = Object.hasOwn(value, 'trigger') ? 'trigger' : 'script';
  const lookup = lookupIn(reading.context, yamlVariables);
  const plan: JobPlan = {
    name,
    stage: readText(...at('stage')) ?? 'test',
    kind,
    ...readScripts(source, reading, kind),
    variables: { ...yamlVariables, ...plainVariables(reading.context.pipelineVariables ?? {}) },
    when: when === 'never' ? 'on_success' : when,
    allowFailure:
      outcome.allowFailure ??
      readAllowFailure(...at('allow_failure')) ??
      (when === 'manual' && !Object.hasOwn(value, 'rules')),
    retry: readRetry(...at('retry')) ?? NO_RETRY,
    interruptible: readFlag(...at('interruptible')) ?? false,
    tags: readTags(...at('tags')).map((tag) => expandVariables(tag, lookup)),
    services: readServices(...at('services')) ?? [],
    ...present({
      needs: readNeeds(outcome.needs ?? get(value, 'needs'), spot.child('needs')),
      dependencies: readTexts(...at('dependencies')),
      artifacts: readArtifacts(...at('artifacts')),
      startIn: readDuration(outcome.startIn ?? get(value, 'start_in'), spot.child('start_in')),
      timeout: readDuration(...at('timeout')),
      image: readImage(...at('image')),
      resourceGroup: expandText(readText(...at('resource_group')), lookup),
      idTokens: readIdTokens(...at('id_tokens')),
      trigger: readTrigger(...at('trigger')),
    }),
  };
  if (when === 'delayed' && plan.startIn === undefined)
    spot.child('when').invalid('given a `start_in` when it is `delayed`', 'delayed');
  return {
    plan,
    isAdded: rules !== undefined && when !== 'never',
    spot,
    ...present({ parallel: readParallel(...at('parallel')) }),
  };
}

function inherited(globals: Variables, takes: boolean | readonly string[]): Variables {
  if (typeof takes === 'boolean') return takes ? globals : {};
  return Object.fromEntries(Object.entries(globals).filter(([name]) => takes.includes(name)));
}

/** The rule that holds; nothing special for a job without rules; undefined where none holds. */
function readRules({ value, spot }: JobSource, reading: Reading, yaml: Variables): RuleOutcome | undefined {
  const rules = get(value, 'rules');
  if (rules === undefined) return { variables: {} };
  const setting = { conditions: reading.conditions, lookup: lookupIn(reading.context, yaml), keys: JOB_RULE_KEYS };
  return evaluateRules(rules, spot.child('rules'), setting);
}

function readScripts(
  { name, value, spot }: JobSource,
  reading: Reading,
  kind: JobPlan['kind'],
): Pick<JobPlan, 'script' | 'afterScript'> {
  if (kind === 'trigger') {
    if (Object.hasOwn(value, 'script'))
      spot.child('script').invalid('absent in a job with a `trigger`', value['script']);
    return { script: [], afterScript: [] };
  }
  const read = (key: string) => reading.scripts.read(get(value, key), spot.child(key)) ?? [];
  const script = get(value, 'script');
  if (script === undefined || (Array.isArray(script) && script.length === 0))
    spot.error('GITLAB_SCRIPT_MISSING', { job: name });
  return { script: [...read('before_script'), ...read('script')], afterScript: read('after_script') };
}

function readTags(value: unknown, spot: Spot): readonly string[] {
  const tags = readTexts(value, spot) ?? [];
  if (tags.length > MAX_TAGS) spot.invalid(`a list of at most ${MAX_TAGS} tags`, value);
  return tags;
}

function readParallel(value: unknown, spot: Spot): number | undefined {
  if (isMapping(value))
    return spot.error('GITLAB_KEYWORD_UNSUPPORTED', {
      keyword: 'parallel:matrix',
      remedy: 'Write the jobs out, or use `parallel` with a number',
    });
  if (value === undefined || (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 200))
    return value;
  return spot.invalid('a whole number from 1 to 200', value);
}

function readIdTokens(value: unknown, spot: Spot): JobPlan['idTokens'] {
  if (value === undefined) return undefined;
  const mapping = readMapping(value, spot) ?? {};
  const entries = Object.entries(mapping).map(([name, token]) => {
    const audiences = isMapping(token)
      ? readTexts(get(token, 'aud') ?? null, spot.child(name).child('aud'))
      : spot.child(name).invalid('a mapping with `aud`', token);
    return [name, audiences ?? []] as const;
  });
  return Object.fromEntries(entries);
}

function expandText(text: string | undefined, lookup: (name: string) => string | undefined): string | undefined {
  return text === undefined ? undefined : expandVariables(text, lookup);
}

/** Leaves out what is undefined, so that plans stay small and equal as JSON. */
function present<T extends object>(record: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as {
    [Key in keyof T]?: Exclude<T[Key], undefined>;
  };
}
