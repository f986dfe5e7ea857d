import { expandVariables } from '../variables/expand-variables.ts';
import type { Lookup } from '../conditions/expression.ts';
import type { InputValue } from './input-specs.ts';

/**
 * Functions of an interpolation, each of a text.
 * https://docs.gitlab.com/ci/inputs/#specify-functions-to-manipulate-input-values
 */
const FUNCTIONS: Readonly<
  Record<string, (text: string, parameters: string, lookup: Lookup) => InputValue | undefined>
> = {
  expand_vars: (text, _parameters, lookup) => expandVariables(text, lookup),
  truncate(text, parameters) {
    const range = /^\(\s*(\d{1,6})\s*,\s*(\d{1,6})\s*\)$/.exec(parameters);
    if (range === null) return undefined;
    const start = Number(range[1]);
    return text.slice(start, start + Number(range[2]));
  },
  split(text, parameters) {
    const separator = /^\('([^']+)'\)$/.exec(parameters)?.[1];
    if (separator === undefined) return undefined;
    return text.split(separator).flatMap((part) => part.trim() || []);
  },
  posix_escape: (text) =>
    text === '' ? "''" : text.replace(/[^A-Za-z0-9_\-.,:+/@\n]/g, '\\$&').replace(/\n/g, "'\n'"),
};

/** Applies `name` or `name(arguments)`; `fault` is why it cannot. */
export function applyFunction(
  call: string,
  value: unknown,
  lookup: Lookup,
): { readonly value: InputValue } | { readonly fault: string } {
  const [, name = '', parameters = ''] = /^\s*(\w+)\s*(\(.*\))?\s*$/s.exec(call) ?? [];
  const apply = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
  if (apply === undefined) return { fault: `uses the unknown function \`${call.trim()}\`` };
  if (typeof value !== 'string') return { fault: `uses \`${name}\` on a value that is not text` };
  const result = apply(value, parameters, lookup);
  return result === undefined ? { fault: `gives \`${name}\` the wrong arguments` } : { value: result };
}
