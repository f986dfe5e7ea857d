import type { Lookup } from '../conditions/expression.ts';
import type { FaultList } from '../document/fault-list.ts';
import type { YamlText } from '../document/yaml-text.ts';
import type { InputValue } from './input-specs.ts';
import { accessInput, shownInput, type Accessed } from './access-input.ts';
import { applyFunction } from './interpolation-functions.ts';

/** GitLab's own limits: of one block, and of its functions. */
const MAX_BLOCK = 1024;
const MAX_FUNCTIONS = 3;
/** Characters that all blocks of a file together may become. */
const MAX_PUT_IN = 10_000_000;

interface InterpolationSetting {
  readonly inputs: ReadonlyMap<string, InputValue>;
  readonly lookup: Lookup;
  readonly faults: FaultList;
}

/**
 * Replaces every `$[[ inputs.x ]]` in a text (https://docs.gitlab.com/ci/inputs/) before it is read as YAML, as GitLab
 * does: a text is inserted as it is, anything else as JSON. So an input `3` is a number unless it is quoted. Undefined,
 * after complaints, if a block is invalid.
 */
export function interpolate(source: YamlText, setting: InterpolationSetting): YamlText | undefined {
  const parts: { from: number; end: number; text: string }[] = [];
  let [length, isWhole] = [0, true];
  for (const found of blocksOf(source.text)) {
    const { block } = found;
    const result = block.startsWith('matrix.') ? undefined : valueOf(block, setting);
    if (result === undefined) continue;
    const { from, end } = 'value' in result && Array.isArray(result.value) ? unquoted(source.text, found) : found;
    const text = 'value' in result ? shownInput(result.value) : '';
    length += text.length;
    const fault = 'fault' in result ? result.fault : length > MAX_PUT_IN ? 'makes the file too long' : undefined;
    parts.push({ from, end, text });
    if (fault === undefined) continue;
    setting.faults.error(source.positionOf(from), 'GITLAB_INTERPOLATION_INVALID', { block, reason: fault });
    isWhole = false;
    if (length > MAX_PUT_IN) break;
  }
  return isWhole ? source.exchanged(parts) : undefined;
}

/** Yields the blocks `$[[ … ]]`, each on one line except for blanks around it. */
function* blocksOf(text: string): Generator<{ from: number; end: number; block: string }> {
  let close = 0;
  for (let from = text.indexOf('$[['); from >= 0; from = text.indexOf('$[[', Math.max(from + 3, close))) {
    const end = text.indexOf(']]', from + 3);
    if (end < 0) return;
    if (end - from > MAX_BLOCK) continue;
    const block = text.slice(from + 3, end).trim();
    if (block === '' || block.includes('\n')) continue;
    close = end + 2;
    yield { from, end: close, block };
  }
}

interface Span {
  readonly from: number;
  readonly end: number;
}

/** A list in place of a whole quoted item of a list (`- "$[[ inputs.rules ]]"`) remains a list, as on GitLab. */
function unquoted(text: string, { from, end }: Span): Span {
  const quote = text[from - 1];
  const isQuoted = (quote === '"' || quote === "'") && text[end] === quote;
  const isItem = isQuoted && /(?:^|\n) *(?:- +)+$/.test(text.slice(text.lastIndexOf('\n', from) + 1, from - 1));
  return isItem ? { from: from - 1, end: end + 1 } : { from, end };
}

function valueOf(block: string, { inputs, lookup }: InterpolationSetting): Accessed {
  const [access = '', ...calls] = block.split('|');
  const found = accessInput(access.trim(), inputs);
  if ('fault' in found) return found;
  let { value } = found;
  if (calls.length > MAX_FUNCTIONS) return { fault: `has more than ${MAX_FUNCTIONS} functions` };
  for (const call of calls) {
    const result = applyFunction(call, value, lookup);
    if ('fault' in result) return result;
    value = result.value;
  }
  return { value };
}
