import { quotedList } from '../../kit/index.ts';
import type { Field } from '../document/field.ts';
import { get, type Mapping } from '../document/mapping.ts';
import { ruleFor } from './input-rules.ts';
import type { InputSpec, InputValue } from './input-specs.ts';

/**
 * Returns the value of each input, checked: the one in `field`, else its default. Without a field there are no values,
 * and complaints go to where the input is described.
 */
export function resolveInputs(
  specs: ReadonlyMap<string, InputSpec>,
  values: Mapping,
  field: Field | undefined,
): ReadonlyMap<string, InputValue> {
  for (const name of Object.keys(values).filter((one) => !specs.has(one)))
    (field?.at(name) ?? [...specs.values()][0]?.field)?.error('GITLAB_INPUT_INVALID', {
      input: name,
      reason: 'is not described in the file that receives it',
    });
  const resolved = new Map<string, InputValue>();
  for (const [name, described] of specs) {
    const spec = ruled(described, (other) => resolved.get(other) ?? get(values, other));
    const isSet = Object.hasOwn(values, name) && !(values[name] === '' && spec.rules !== undefined);
    const value = isSet ? values[name] : spec.default;
    if (value === undefined && spec.isOptional === true) {
      resolved.set(name, '');
      continue;
    }
    const reason = value === undefined ? 'has no default, and no value was set' : faultOf(value, spec);
    const at = isSet ? field?.at(name) : value === undefined ? field : undefined;
    if (reason === undefined) resolved.set(name, value as InputValue);
    else (at ?? spec.field).error('GITLAB_INPUT_INVALID', { input: name, reason });
  }
  return resolved;
}

/** Returns a description with the choices and the default of the rule that holds. */
function ruled(spec: InputSpec, inputs: (name: string) => unknown): InputSpec {
  if (spec.rules === undefined) return spec;
  const rule = ruleFor(spec.rules, inputs);
  return { ...spec, options: rule?.options ?? spec.options, default: rule?.default };
}

function faultOf(value: unknown, { type, options, regex }: InputSpec): string | undefined {
  if (value === null) return undefined;
  if (!isOfType(value, type)) return `must be of type ${type}`;
  if (options !== undefined && !(Array.isArray(value) ? value : [value]).every((one) => options.includes(one)))
    return `must be one of ${quotedList(options.map(String))}`;
  if (regex !== undefined && !(typeof value === 'string' && regex.matches(value)))
    return `does not match the pattern \`${regex.source}\``;
  return undefined;
}

/** Numbers with a point may be read as text (see the YAML's schema). */
function isOfType(value: unknown, type: InputSpec['type']): boolean {
  if (type === 'array') return Array.isArray(value);
  if (type === 'number' && typeof value === 'string') return /^-?\d+\.\d+(?:e[+-]\d+)?$/.test(value);
  return typeof value === type;
}
