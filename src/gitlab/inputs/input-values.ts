import { quotedList } from '../../kit/index.ts';
import type { Spot } from '../document/fault-list.ts';
import { get } from '../document/mapping.ts';
import { ruleFor } from './input-rules.ts';
import type { InputSpec, InputValue } from './input-specs.ts';

type GivenInputs = Readonly<Record<string, unknown>>;

/**
 * The value of each input: what was given, else its default, checked. `spot` is where they were given; without one,
 * complaints go to where the input is described.
 */
export function resolveInputs(
  specs: ReadonlyMap<string, InputSpec>,
  given: GivenInputs,
  spot: Spot | undefined,
): ReadonlyMap<string, InputValue> {
  for (const name of Object.keys(given).filter((one) => !specs.has(one))) {
    const place = spot?.child(name) ?? [...specs.values()][0]?.spot;
    place?.error('GITLAB_INPUT_INVALID', { input: name, reason: 'is not described in the file that it was given to' });
  }
  const values = new Map<string, InputValue>();
  for (const [name, described] of specs) {
    const spec = ruled(described, (other) => values.get(other) ?? get(given, other));
    const isGiven = Object.hasOwn(given, name) && !(given[name] === '' && spec.rules !== undefined);
    const value = isGiven ? given[name] : spec.default;
    if (value === undefined && spec.isOptional === true) {
      values.set(name, '');
      continue;
    }
    const reason = value === undefined ? 'has no default, and no value was given' : faultOf(value, spec);
    const place = isGiven ? (spot?.child(name) ?? spec.spot) : value === undefined ? (spot ?? spec.spot) : spec.spot;
    if (reason === undefined) values.set(name, value as InputValue);
    else place.error('GITLAB_INPUT_INVALID', { input: name, reason });
  }
  return values;
}

/** With what the rule that holds says. */
function ruled(spec: InputSpec, inputs: (name: string) => unknown): InputSpec {
  if (spec.rules === undefined) return spec;
  const { options, default: standard } = ruleFor(spec.rules, inputs) ?? {};
  return { ...spec, ...(options === undefined ? {} : { options }), default: standard };
}

function faultOf(value: unknown, { type, options, regex }: InputSpec): string | undefined {
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
