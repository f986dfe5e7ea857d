import { regexToken } from '../conditions/expression-tokens.ts';
import { compileRegex } from '../conditions/linear-regex.ts';
import type { Field } from '../document/field.ts';
import { readText } from '../document/values.ts';

/** Reads a pattern between slashes. https://docs.gitlab.com/ci/yaml/#coverage */
export function readCoverage(field: Field): string | undefined {
  const text = readText(field);
  if (text === undefined) return undefined;
  const token = regexToken(text);
  if (token === undefined || token.flags !== '' || !text.startsWith('/'))
    return field.invalid('a pattern between slashes');
  const regex = compileRegex(token.source, token.flags);
  if (typeof regex !== 'string') return text;
  return field.error('GITLAB_EXPRESSION_INVALID', { expression: text, reason: `the pattern ${regex}` });
}
