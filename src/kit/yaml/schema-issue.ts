import { config, type $ZodError, type $ZodIssue, type $ZodRawIssue } from 'zod/v4/core';
import { closestWord } from '../closest-word.ts';
import { quotedList } from '../quoted-list.ts';

// Zod's own wording is for programmers ("Invalid input: expected string, received undefined"). A message that a schema
// has itself takes precedence over this one.
config({ customError: plainMessage });

const typeNames: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a list',
  object: 'a mapping',
  record: 'a mapping',
  map: 'a mapping',
  null: 'an empty value',
};

/** Returns an issue as one line, the path first: "`stacks[0].name`: expected text, found a number". */
export function describeIssue({ path, message }: { path: readonly PropertyKey[]; message: string }): string {
  const where = path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');
  return where === '' ? message : `\`${where}\`: ${message}`;
}

const MOST = 3;

/** Returns the first issues of a failed check on one line: a document that is something else has one for each part. */
export function describeIssues({ issues }: $ZodError): string {
  const more = issues.length > MOST ? [`and ${issues.length - MOST} more`] : [];
  return [...issues.slice(0, MOST).map(describeIssue), ...more].join('; ');
}

/** Returns what is wrong in plain English. Values are never quoted: they may be secret. */
function plainMessage(issue: $ZodRawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined
        ? 'required, but missing'
        : `expected ${expected(issue)}, found ${found(issue.input)}`;
    case 'invalid_value':
      return `expected ${alternatives(issue.values.map((value) => `\`${String(value)}\``))}`;
    case 'unrecognized_keys':
      return unknownKeys(issue);
    case 'too_small':
      return tooSmall(issue);
    case 'too_big':
      return `must ${have(issue.origin)} at most ${amount(issue.maximum, issue.origin)}`;
    case 'invalid_format':
      return issue.format === 'regex' ? 'does not have the expected form' : `expected a valid ${issue.format}`;
    case 'invalid_union':
      return unionMessage(issue);
    case 'invalid_key':
    case 'invalid_element':
      return issue.issues.map(describeIssue).join('; ');
    default:
      return 'not valid';
  }
}

type IssueOf<Code extends $ZodIssue['code']> = $ZodRawIssue<Extract<$ZodIssue, { code: Code }>>;

function unknownKeys({ keys, inst }: IssueOf<'unrecognized_keys'>): string {
  const { shape = {} } = (inst?._zod.def ?? {}) as { shape?: Readonly<Record<string, unknown>> };
  const [meant] = keys.flatMap((key) => closestWord(key, Object.keys(shape)) ?? []);
  const question = meant === undefined ? '' : `; did you mean \`${meant}\`?`;
  return `unknown ${keys.length > 1 ? 'keys' : 'key'} ${quotedList(keys)}${question}`;
}

function expected({ expected: type }: { readonly expected: string }): string {
  return typeNames[type] ?? type;
}

function found(value: unknown): string {
  if (value === null) return 'an empty value';
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (Array.isArray(value)) return 'a list';
  return typeNames[typeof value] ?? typeof value;
}

function tooSmall({ origin, minimum, inclusive }: IssueOf<'too_small'>): string {
  if (have(origin) === 'have' && Number(minimum) === 1) return 'must not be empty';
  const limit = inclusive === false ? 'more than' : 'at least';
  return `must ${have(origin)} ${limit} ${amount(minimum, origin)}`;
}

function have(origin: string): 'have' | 'be' {
  return ['string', 'array', 'set', 'map', 'file'].includes(origin) ? 'have' : 'be';
}

function amount(limit: number | bigint, origin: string): string {
  const unit = origin === 'string' ? 'character' : 'entry';
  if (have(origin) === 'be') return String(limit);
  return `${limit} ${Number(limit) === 1 ? unit : unit.replace(/y$/, 'ie').concat('s')}`;
}

/** Of several forms the one of the value's type is meant; its first fault is the most specific. */
function unionMessage(issue: IssueOf<'invalid_union'>): string {
  const { errors, discriminator } = issue as { errors: $ZodIssue[][]; discriminator?: string };
  if (discriminator !== undefined) return 'not one of the known values';
  const firsts = errors.flatMap(([first]) => (first === undefined ? [] : [first]));
  const ofType = firsts.filter(({ code, path }) => !(code === 'invalid_type' && path.length === 0));
  const [meant] = ofType.toSorted((a, b) => b.path.length - a.path.length);
  if (meant !== undefined && (ofType.length === 1 || meant.path.length > 0)) return describeIssue(meant);
  const kinds = firsts.flatMap((one) => (one.code === 'invalid_type' ? [expected(one)] : []));
  if (kinds.length < firsts.length || kinds.length === 0) return 'does not have any of the expected forms';
  return `expected ${alternatives([...new Set(kinds)])}, found ${found(issue.input)}`;
}

function alternatives(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}
