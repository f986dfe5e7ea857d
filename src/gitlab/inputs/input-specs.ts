import type { Spot } from '../document/fault-list.ts';
import { compileRegex } from '../conditions/linear-regex.ts';
import { get, isMapping, type Mapping } from '../document/mapping.ts';
import { readChoice, readMapping, readText, rejectUnknown } from '../document/values.ts';
import { readInputRules, readOptions, type InputRule } from './input-rules.ts';

export type InputValue = string | number | boolean | readonly unknown[];

/** What a file says of one of its inputs. https://docs.gitlab.com/ci/inputs/ */
export interface InputSpec {
  readonly type: 'string' | 'number' | 'boolean' | 'array';
  readonly default?: unknown;
  readonly options?: readonly unknown[];
  readonly regex?: { readonly source: string; readonly matches: (text: string) => boolean };
  /** In place of `default` and `options`. */
  readonly rules?: readonly InputRule[];
  /** Whether the input is empty where its rules say nothing: one of them has a default. */
  readonly isOptional?: true;
  readonly spot: Spot;
}

const KEYS = ['default', 'description', 'options', 'regex', 'rules', 'type'];
const TYPES = ['string', 'number', 'boolean', 'array'] as const;

/** What a header says. */
interface Header {
  /** As it stands there; files that describe inputs. */
  readonly include: unknown;
  readonly inputs: ReadonlyMap<string, InputSpec>;
}

/** Reads a header; `spot` stands at `spec`. */
export function readHeader(header: unknown, spot: Spot): Header {
  const root = readMapping(header, spot) ?? {};
  rejectUnknown(root, ['spec'], spot);
  const spec = readMapping(get(root, 'spec') ?? {}, spot) ?? {};
  if (Object.hasOwn(spec, 'component')) {
    const remedy = 'Write the inputs into `spec:inputs` of this file';
    spot.child('component').error('GITLAB_KEYWORD_UNSUPPORTED', { keyword: 'spec:component', remedy });
  }
  rejectUnknown(spec, ['inputs', 'include', 'component', 'description'], spot);
  return { include: get(spec, 'include') ?? null, inputs: readInputs(get(spec, 'inputs') ?? {}, spot.child('inputs')) };
}

/** Reads descriptions of inputs by their names. */
export function readInputs(value: unknown, spot: Spot): ReadonlyMap<string, InputSpec> {
  const inputs = readMapping(value, spot) ?? {};
  return new Map(Object.entries(inputs).map(([name, one]) => [name, readSpec(one, spot.child(name))]));
}

function readSpec(value: unknown, spot: Spot): InputSpec {
  const mapping: Mapping = isMapping(value) ? value : ((value === null ? {} : readMapping(value, spot)) ?? {});
  rejectUnknown(mapping, KEYS, spot);
  const type = readChoice(get(mapping, 'type'), spot.child('type'), TYPES) ?? 'string';
  const options = readOptions(get(mapping, 'options'), spot.child('options'));
  const regex = readRegex(get(mapping, 'regex'), spot.child('regex'));
  const standard = get(mapping, 'default') ?? undefined;
  return {
    type,
    spot,
    ...(standard === undefined ? {} : { default: standard }),
    ...(options === undefined ? {} : { options }),
    ...(regex === undefined ? {} : { regex }),
    ...readRules(mapping, spot),
  };
}

function readRules(mapping: Mapping, spot: Spot): Pick<InputSpec, 'rules' | 'isOptional'> {
  const written = get(mapping, 'rules');
  const rules = readInputRules(written, spot.child('rules'));
  if (rules === undefined || !Array.isArray(written)) return {};
  const [beside] = ['default', 'options'].filter((key) => Object.hasOwn(mapping, key));
  if (beside !== undefined) spot.child(beside).invalid('nothing beside `rules`', mapping[beside]);
  const isOptional = written.some((rule) => isMapping(rule) && Object.hasOwn(rule, 'default'));
  return { rules, ...(isOptional ? { isOptional } : {}) };
}

function readRegex(value: unknown, spot: Spot): InputSpec['regex'] {
  const source = readText(value, spot);
  if (source === undefined) return undefined;
  const matches = compileRegex(source, '');
  if (typeof matches !== 'string') return { source, matches };
  return spot.error('GITLAB_EXPRESSION_INVALID', { expression: source, reason: `the pattern ${matches}` });
}
