import type { Spot } from './fault-list.ts';
import type { Trigger, TriggerInclude } from './job-plan.ts';
import { get, isMapping } from './mapping.ts';
import { readChoice, readFlag, readMapping, readText, warnUnknown } from './values.ts';

const MAX_INCLUDES = 3;

export function readTrigger(value: unknown, spot: Spot): Trigger | undefined {
  if (value === undefined) return undefined;
  const remedy = 'Trigger a child pipeline with `trigger:include`';
  if (typeof value === 'string')
    return spot.error('GITLAB_KEYWORD_UNSUPPORTED', { keyword: 'trigger to another project', remedy });
  const mapping = readMapping(value, spot);
  if (mapping === undefined) return undefined;
  for (const key of ['project', 'branch', 'inputs']) {
    if (Object.hasOwn(mapping, key))
      spot.child(key).error('GITLAB_KEYWORD_UNSUPPORTED', { keyword: `trigger:${key}`, remedy });
  }
  warnUnknown(mapping, ['include', 'strategy', 'forward', 'project', 'branch', 'inputs'], spot);
  const strategy = readChoice(get(mapping, 'strategy'), spot.child('strategy'), ['depend', 'mirror'] as const);
  return {
    include: readIncludes(get(mapping, 'include'), spot.child('include')),
    ...(strategy === undefined ? {} : { strategy }),
    forward: readForward(get(mapping, 'forward'), spot.child('forward')),
  };
}

function readIncludes(value: unknown, spot: Spot): readonly TriggerInclude[] {
  const items = Array.isArray(value) ? value : [value];
  if (items.length > MAX_INCLUDES) spot.invalid(`at most ${MAX_INCLUDES} files`, value);
  return items
    .map((item, index) => readInclude(item, Array.isArray(value) ? spot.child(index) : spot))
    .filter((item) => item !== undefined);
}

function readInclude(value: unknown, spot: Spot): TriggerInclude | undefined {
  if (typeof value === 'string') return { local: value };
  if (!isMapping(value)) return spot.invalid('a file of the repository, or an artifact and its job', value);
  warnUnknown(value, ['artifact', 'job', 'local'], spot);
  const local = readText(get(value, 'local'), spot.child('local'));
  if (local !== undefined) return { local };
  const artifact = readText(get(value, 'artifact') ?? null, spot.child('artifact'));
  const job = readText(get(value, 'job') ?? null, spot.child('job'));
  return artifact === undefined || job === undefined ? undefined : { artifact, job };
}

function readForward(value: unknown, spot: Spot): Trigger['forward'] {
  if (value === undefined) return { yamlVariables: true, pipelineVariables: false };
  const mapping = readMapping(value, spot) ?? {};
  warnUnknown(mapping, ['yaml_variables', 'pipeline_variables'], spot);
  return {
    yamlVariables: readFlag(get(mapping, 'yaml_variables'), spot.child('yaml_variables')) ?? true,
    pipelineVariables: readFlag(get(mapping, 'pipeline_variables'), spot.child('pipeline_variables')) ?? false,
  };
}
