/** What `when:` of a definition may ask about. A missing part makes the conditions that ask for it undecidable. */
export interface HostFacts {
  readonly platform?: string;
  readonly os?: string;
  readonly target?: string;
  readonly arch_str?: string;
  readonly hostname?: string;
}

type Answer = boolean | undefined;

/**
 * Decides a `when:`, which Spack evaluates as Python: True, False, comparisons (`==`, `!=`, `in`, `not in`) of a fact
 * and a text, `and`, `or`, `not`, brackets. Undefined for anything else: nothing is ever evaluated as code.
 */
export function decideCondition(condition: string, facts: HostFacts): Answer {
  const words = condition.match(/"[^"]*"|'[^']*'|[A-Za-z_]\w*|==|!=|[()]|\S/g) ?? [];
  const reader = { words, next: 0, facts };
  try {
    const answer = readOr(reader);
    return reader.next === words.length ? answer : undefined;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

interface Reader {
  readonly words: readonly string[];
  next: number;
  readonly facts: HostFacts;
}

function accept(reader: Reader, word: string): boolean {
  if (reader.words[reader.next] !== word) return false;
  reader.next += 1;
  return true;
}

function readOr(reader: Reader): Answer {
  let answer = readAnd(reader);
  while (accept(reader, 'or')) {
    const right = readAnd(reader);
    answer = answer === true || right === true ? true : answer === undefined || right === undefined ? undefined : false;
  }
  return answer;
}

function readAnd(reader: Reader): Answer {
  let answer = readNot(reader);
  while (accept(reader, 'and')) {
    const right = readNot(reader);
    answer =
      answer === false || right === false ? false : answer === undefined || right === undefined ? undefined : true;
  }
  return answer;
}

function readNot(reader: Reader): Answer {
  if (accept(reader, 'not')) {
    const answer = readNot(reader);
    return answer === undefined ? undefined : !answer;
  }
  if (accept(reader, '(')) {
    const answer = readOr(reader);
    if (!accept(reader, ')')) throw new RangeError('missing bracket');
    return answer;
  }
  if (accept(reader, 'True')) return true;
  if (accept(reader, 'False')) return false;
  return readComparison(reader);
}

function readComparison(reader: Reader): Answer {
  const left = readText(reader);
  const isNegated = accept(reader, 'not');
  const operator = reader.words[reader.next] ?? '';
  if (operator !== 'in' && (isNegated || (operator !== '==' && operator !== '!=')))
    throw new RangeError('no comparison');
  reader.next += 1;
  const right = readText(reader);
  if (left === undefined || right === undefined) return undefined;
  if (operator === 'in') return right.includes(left) !== isNegated;
  return (left === right) === (operator === '==');
}

function readText(reader: Reader): string | undefined {
  const word = reader.words[reader.next] ?? '';
  reader.next += 1;
  if (/^["']/.test(word)) return word.slice(1, -1);
  if (!/^(platform|os|target|arch_str|hostname)$/.test(word)) throw new RangeError('not a fact');
  return reader.facts[word as keyof HostFacts];
}
