import type { Spot } from '../document/fault-list.ts';
import { compileRegex } from '../conditions/linear-regex.ts';
import { get, isMapping } from '../document/mapping.ts';
import type { Mapping } from '../document/mapping.ts';
import { readChoice, readMapping, readText, warnUnknown } from '../document/values.ts';

export type InputValue = string | number | boolean | readonly unknown[];

/** What a file says of one of its inputs. https://docs.gitlab.com/ci/inputs/ */
export interface InputSpec {
  readonly type: 'string' | 'number' | 'boolean' | 'array';
  readonly default?: unknown;
  readonly options?: readonly unknown[];
  readonly regex?: { readonly source: string; readonly matches: (text: string) => boolean };
  readonly spot: Spot;
}

const KEYS = ['default', 'description', 'options', 'regex', 'type'];
const TYPES = ['string', 'number', 'boolean', 'array'] as const;

/** Reads a header's `spec:inputs`; `spot` stands at `spec`. */
export function readInputSpecs(header: unknown, spot: Spot): ReadonlyMap<string, InputSpec> {
  const root = readMapping(header, spot) ?? {};
  for (const key of Object.keys(root).filter((name) => name !== 'spec'))
    spot.child(key).warn('GITLAB_KEYWORD_UNKNOWN', { keyword: key });
  const spec = readMapping(get(root, 'spec') ?? {}, spot) ?? {};
  for (const key of ['include', 'component'].filter((name) => Object.hasOwn(spec, name))) {
    const remedy = 'Write the inputs into `spec:inputs` of this file';
    spot.child(key).error('GITLAB_KEYWORD_UNSUPPORTED', { keyword: `spec:${key}`, remedy });
  }
  warnUnknown(spec, ['inputs', 'include', 'component', 'description'], spot);
  const inputs = readMapping(get(spec, 'inputs') ?? {}, spot.child('inputs')) ?? {};
  return new Map(
    Object.entries(inputs).map(([name, value]) => [name, readSpec(value, spot.child('inputs').child(name))]),
  );
}

function readSpec(value: unknown, spot: Spot): InputSpec {
  const mapping: Mapping = isMapping(value) ? value : ((value === null ? {} : readMapping(value, spot)) ?? {});
  if (Object.hasOwn(mapping, 'rules'))
    spot.child('rules').error('GITLAB_KEYWORD_UNSUPPORTED', {
      keyword: 'spec:inputs:rules',
      remedy: 'Give the input `options` and a `default` that hold in every case',
    });
  warnUnknown(mapping, [...KEYS, 'rules'], spot);
  const type = readChoice(get(mapping, 'type'), spot.child('type'), TYPES) ?? 'string';
  const options = get(mapping, 'options');
  if (options !== undefined && !Array.isArray(options)) spot.child('options').invalid('a list', options);
  const regex = readRegex(get(mapping, 'regex'), spot.child('regex'));
  const standard = get(mapping, 'default');
  return {
    type,
    spot,
    ...(standard === undefined || standard === null ? {} : { default: standard }),
    ...(Array.isArray(options) ? { options } : {}),
    ...(regex === undefined ? {} : { regex }),
  };
}

function readRegex(value: unknown, spot: Spot): InputSpec['regex'] {
  const source = readText(value, spot);
  if (source === undefined) return undefined;
  const matches = compileRegex(source, '');
  if (typeof matches !== 'string') return { source, matches };
  return spot.error('GITLAB_EXPRESSION_INVALID', { expression: source, reason: `the pattern ${matches}` });
}
