import { compileRegex } from '../conditions/linear-regex.ts';
import type { Field } from '../document/field.ts';
import { get } from '../document/mapping.ts';
import { checkMapping, readChoice, readText } from '../document/values.ts';
import { readInputRules, readItems, type InputRule } from './input-rules.ts';

/** Null, of an input whose default is `null`, is empty in a text. */
export type InputValue = string | number | boolean | readonly unknown[] | null;

/** The description of an input. https://docs.gitlab.com/ci/inputs/ */
export interface InputSpec {
  readonly type: 'string' | 'number' | 'boolean' | 'array';
  readonly default?: unknown;
  readonly options?: readonly unknown[];
  readonly regex?: { readonly source: string; readonly matches: (text: string) => boolean };
  /** Replaces `default` and `options`. */
  readonly rules?: readonly InputRule[];
  /** Whether the input is empty where none of its rules holds: one of them has a default. */
  readonly isOptional?: boolean;
  readonly field: Field;
}

const KEYS = ['default', 'description', 'options', 'regex', 'rules', 'type'];
const TYPES = ['string', 'number', 'boolean', 'array'] as const;

/** The parts of a header. */
interface Header {
  /** Files that describe inputs. */
  readonly include: Field;
  readonly inputs: ReadonlyMap<string, InputSpec>;
}

/** Reads a header; the field's position is that of `spec`. */
export function readHeader(header: Field): Header {
  checkMapping(header, ['spec']);
  const spec = header.with(get(header.mapping, 'spec') ?? {});
  if (spec.has('component'))
    spec.at('component').error('GITLAB_KEYWORD_UNSUPPORTED', {
      keyword: 'spec:component',
      remedy: 'Write the inputs into `spec:inputs` of this file',
    });
  checkMapping(spec, ['inputs', 'include', 'component', 'description']);
  return { include: spec.at('include'), inputs: readInputs(spec.at('inputs')) };
}

/** Reads descriptions of inputs by their names. */
export function readInputs(field: Field): ReadonlyMap<string, InputSpec> {
  if (!field.isEmpty) checkMapping(field);
  return new Map(Object.keys(field.mapping).map((name) => [name, readSpec(field.at(name))]));
}

function readSpec(field: Field): InputSpec {
  if (!field.isEmpty) checkMapping(field, KEYS);
  return {
    type: readChoice(field.at('type'), TYPES) ?? 'string',
    field,
    default: field.at('default').value,
    options: readItems(field.at('options')),
    regex: readRegex(field.at('regex')),
    ...readRules(field),
  };
}

function readRules(spec: Field): Pick<InputSpec, 'rules' | 'isOptional'> {
  const field = spec.at('rules');
  const rules = readInputRules(field);
  if (rules === undefined) return {};
  const beside = ['default', 'options'].find((key) => spec.has(key));
  if (beside !== undefined) spec.at(beside).invalid('nothing beside `rules`');
  return { rules, isOptional: field.items().some((rule) => rule.has('default')) };
}

function readRegex(field: Field): InputSpec['regex'] {
  const source = readText(field);
  if (source === undefined) return undefined;
  const matches = compileRegex(source, '');
  if (typeof matches !== 'string') return { source, matches };
  return field.error('GITLAB_EXPRESSION_INVALID', { expression: source, reason: `the pattern ${matches}` });
}
