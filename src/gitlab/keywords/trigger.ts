import type { Spot } from '../document/fault-list.ts';
import type { Trigger, TriggerInclude } from '../job-plan.ts';
import { get, isMapping, type Mapping } from '../document/mapping.ts';
import { readChoice, readFlag, readMapping, readText, rejectUnknown } from '../document/values.ts';

const MAX_INCLUDES = 3;
const REMEDY = 'Trigger a child pipeline with `trigger:include`';
const INCLUDE_KINDS = ['artifact', 'local', 'remote', 'project', 'template', 'component'] as const;

interface TriggerSetting {
  /** Whether text from outside of the repository may be had at all. */
  readonly mayFetch: boolean;
  /** Whether the job is left out of this pipeline: then it does not matter what is not to be had here. */
  readonly isLeftOut: boolean;
}

/** https://docs.gitlab.com/ci/yaml/#trigger */
export function readTrigger(value: unknown, spot: Spot, { mayFetch, isLeftOut }: TriggerSetting): Trigger | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'string')
    return isLeftOut
      ? undefined
      : spot.error('GITLAB_KEYWORD_UNSUPPORTED', { keyword: 'trigger:project', remedy: REMEDY });
  const mapping = readMapping(value, spot);
  if (mapping === undefined) return undefined;
  for (const key of ['project', 'branch', 'inputs']) {
    if (Object.hasOwn(mapping, key) && !isLeftOut)
      spot.child(key).error('GITLAB_KEYWORD_UNSUPPORTED', { keyword: `trigger:${key}`, remedy: REMEDY });
  }
  rejectUnknown(mapping, ['include', 'strategy', 'forward', 'project', 'branch', 'inputs'], spot);
  const strategy = readChoice(get(mapping, 'strategy'), spot.child('strategy'), ['depend', 'mirror'] as const);
  return {
    include: Object.hasOwn(mapping, 'project')
      ? []
      : readIncludes(get(mapping, 'include'), spot.child('include'), mayFetch || isLeftOut),
    ...(strategy === undefined ? {} : { strategy }),
    forward: readForward(get(mapping, 'forward'), spot.child('forward')),
  };
}

function readIncludes(value: unknown, spot: Spot, mayFetch: boolean): readonly TriggerInclude[] {
  const items = Array.isArray(value) ? value : [value];
  if (items.length === 0 || items.length > MAX_INCLUDES) spot.invalid(`one to ${MAX_INCLUDES} files`, value);
  return items
    .map((item, index) => {
      const at = Array.isArray(value) ? spot.child(index) : spot;
      const include = readInclude(item, at);
      if (include === undefined || mayFetch || 'local' in include || 'artifact' in include) return include;
      const [kind = '', name = ''] = Object.entries(include)[0] ?? [];
      return at.error('GITLAB_INCLUDE_REFUSED', { kind, name: typeof name === 'string' ? name : '' });
    })
    .filter((item) => item !== undefined);
}

function readInclude(value: unknown, spot: Spot): TriggerInclude | undefined {
  if (typeof value === 'string') return /^https?:\/\//.test(value) ? { remote: value } : { local: value };
  if (!isMapping(value)) return spot.invalid('a file of the repository, or an artifact and its job', value);
  rejectUnknown(value, [...INCLUDE_KINDS, 'job', 'file', 'ref', 'inputs'], spot);
  const kinds = INCLUDE_KINDS.filter((kind) => Object.hasOwn(value, kind));
  if (kinds.length !== 1) return spot.invalid(`a mapping with exactly one of ${INCLUDE_KINDS.join(', ')}`, value);
  const place = readPlace(kinds[0] as (typeof INCLUDE_KINDS)[number], value, spot);
  const inputs = get(value, 'inputs');
  if (place === undefined || inputs === undefined) return place;
  return { ...place, inputs: readMapping(inputs, spot.child('inputs')) ?? {} };
}

function readPlace(kind: (typeof INCLUDE_KINDS)[number], value: Mapping, spot: Spot): TriggerInclude | undefined {
  const text = (key: string) => readText(get(value, key) ?? null, spot.child(key));
  const first = text(kind);
  if (first === undefined) return undefined;
  if (kind === 'artifact') {
    const job = text('job');
    return job === undefined ? undefined : { artifact: first, job };
  }
  if (kind === 'project') {
    const file = text('file');
    const ref = readText(get(value, 'ref'), spot.child('ref'));
    return file === undefined ? undefined : { project: first, file, ...(ref === undefined ? {} : { ref }) };
  }
  if (kind === 'local') return { local: first };
  if (kind === 'remote') return { remote: first };
  return kind === 'template' ? { template: first } : { component: first };
}

function readForward(value: unknown, spot: Spot): Trigger['forward'] {
  if (value === undefined) return { yamlVariables: true, pipelineVariables: false };
  const mapping = readMapping(value, spot) ?? {};
  rejectUnknown(mapping, ['yaml_variables', 'pipeline_variables'], spot);
  return {
    yamlVariables: readFlag(get(mapping, 'yaml_variables'), spot.child('yaml_variables')) ?? true,
    pipelineVariables: readFlag(get(mapping, 'pipeline_variables'), spot.child('pipeline_variables')) ?? false,
  };
}
