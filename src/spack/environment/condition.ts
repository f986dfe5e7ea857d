/** The facts that a `when:` may use. A condition that uses a missing one cannot be decided. */
export interface HostFacts {
  readonly platform?: string;
  readonly os?: string;
  readonly target?: string;
  readonly arch_str?: string;
  readonly hostname?: string;
  /** The variables of the environment, `env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** A text, an answer, null for Python's None; undefined where it is not known. */
type Value = string | boolean | null | undefined;

/**
 * Decides a `when:`, which Spack evaluates as Python: facts, texts, `env.get("X")`, `env.get("X", "y")` and `env["X"]`,
 * compared (`==`, `!=`, `in`, `not in`) or as they are, with True, False, None, `and`, `or`, `not` and brackets.
 * Undefined for anything else: nothing is ever evaluated as code.
 */
export function decideCondition(condition: string, facts: HostFacts): boolean | undefined {
  const words = condition.match(/"[^"\\]*"|'[^'\\]*'|[A-Za-z_]\w*|==|!=|\S/g) ?? [];
  const reader = { words, next: 0, facts };
  try {
    const answer = isTrue(readOr(reader));
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

function expectWord(reader: Reader, word: string): void {
  if (!accept(reader, word)) throw new RangeError(`no ${word}`);
}

function readOr(reader: Reader): Value {
  let answer = readAnd(reader);
  while (accept(reader, 'or')) {
    const [left, right] = [answer, readAnd(reader)];
    // As in Python, the value that decides it comes out, not only whether it is true.
    if (isTrue(left) === undefined) answer = isTrue(right) === true ? true : undefined;
    else answer = isTrue(left) === true ? left : right;
  }
  return answer;
}

function readAnd(reader: Reader): Value {
  let answer = readNot(reader);
  while (accept(reader, 'and')) {
    const [left, right] = [answer, readNot(reader)];
    if (isTrue(left) === undefined) answer = isTrue(right) === false ? false : undefined;
    else answer = isTrue(left) === true ? right : left;
  }
  return answer;
}

function readNot(reader: Reader): Value {
  if (!accept(reader, 'not')) return readComparison(reader);
  const answer = isTrue(readNot(reader));
  return answer === undefined ? undefined : !answer;
}

function readComparison(reader: Reader): Value {
  const left = readValue(reader);
  const isNegated = reader.words[reader.next] === 'not' && reader.words[reader.next + 1] === 'in';
  if (isNegated) reader.next += 1;
  if (accept(reader, 'in')) {
    const right = readContainer(reader);
    return left === undefined || right === undefined ? undefined : right(left) !== isNegated;
  }
  const isEqual = accept(reader, '==');
  if (!isEqual && !accept(reader, '!=')) return left;
  const right = readValue(reader);
  return left === undefined || right === undefined ? undefined : (left === right) === isEqual;
}

/** What stands after `in`: a text, or the environment's names. */
function readContainer(reader: Reader): ((value: Value) => boolean) | undefined {
  if (reader.words[reader.next] === 'env' && !/^[.[]$/.test(reader.words[reader.next + 1] ?? '')) {
    reader.next += 1;
    const { env } = reader.facts;
    return env === undefined ? undefined : (value) => typeof value === 'string' && env[value] !== undefined;
  }
  const text = readValue(reader);
  if (text === undefined) return undefined;
  if (typeof text !== 'string') throw new RangeError('in what is no text');
  return (value) => {
    if (typeof value !== 'string') throw new RangeError('no text in a text');
    return text.includes(value);
  };
}

function readValue(reader: Reader): Value {
  const word = reader.words[reader.next] ?? '';
  reader.next += 1;
  if (word === '(') {
    const answer = readOr(reader);
    expectWord(reader, ')');
    return answer;
  }
  if (word === 'True' || word === 'False') return word === 'True';
  if (word === 'None') return null;
  if (word === 'env') return readVariable(reader);
  if (isText(word)) return word.slice(1, -1);
  if (!/^(platform|os|target|arch_str|hostname)$/.test(word)) throw new RangeError('not a fact');
  return reader.facts[word as Exclude<keyof HostFacts, 'env'>];
}

/** `env["X"]`, which must be there, or `env.get("X")` and what to take where it is not. */
function readVariable(reader: Reader): Value {
  const { env } = reader.facts;
  if (accept(reader, '[')) {
    const name = readText(reader);
    expectWord(reader, ']');
    return env?.[name];
  }
  for (const word of ['.', 'get', '(']) expectWord(reader, word);
  const name = readText(reader);
  const otherwise = accept(reader, ',') ? readValue(reader) : null;
  expectWord(reader, ')');
  return env === undefined ? undefined : (env[name] ?? otherwise);
}

function readText(reader: Reader): string {
  const word = reader.words[reader.next] ?? '';
  if (!isText(word)) throw new RangeError('no text');
  reader.next += 1;
  return word.slice(1, -1);
}

function isText(word: string): boolean {
  return /^(["'])[^]*\1$/.test(word) && word.length > 1;
}

function isTrue(value: Value): boolean | undefined {
  return value === undefined ? undefined : Boolean(value);
}
