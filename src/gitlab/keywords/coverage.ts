import { regexToken } from '../conditions/expression-tokens.ts';
import type { Spot } from '../document/fault-list.ts';
import { compileRegex } from '../conditions/linear-regex.ts';
import { readText } from '../document/values.ts';

/** A pattern between slashes. https://docs.gitlab.com/ci/yaml/#coverage */
export function readCoverage(value: unknown, spot: Spot): string | undefined {
  const text = readText(value, spot);
  if (text === undefined) return undefined;
  const token = regexToken(text);
  if (token === undefined || token.flags !== '' || !text.startsWith('/'))
    return spot.invalid('a pattern between slashes', text);
  const regex = compileRegex(token.source, token.flags);
  if (typeof regex !== 'string') return text;
  return spot.error('GITLAB_EXPRESSION_INVALID', { expression: text, reason: `the pattern ${regex}` });
}
