/** A call in a recipe's class body: `version("1.3", sha256="…")`. */
export interface Directive {
  readonly name: string;
  /** The arguments without a name, as far as they are texts. */
  readonly values: readonly string[];
  readonly named: ReadonlyMap<string, string>;
}

interface RecipeText {
  readonly directives: readonly Directive[];
  /** Attributes of the class that are plain texts. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly methods: ReadonlySet<string>;
  /** First paragraph of the class's documentation. */
  readonly description: string | undefined;
}

const STRING = String.raw`"((?:[^"\\\n]|\\.)*)"|'((?:[^'\\\n]|\\.)*)'`;

/**
 * Reads what stands directly in the body of a recipe's last class: Python's grammar as far as directives, attributes
 * and methods go. What is nested in `with when(…)` is under a condition and therefore left out.
 */
export function readDirectives(text: string): RecipeText {
  const body = classBody(text);
  const directives = [...body.matchAll(/^ {4}(\w+)\(/gm)].map((match) =>
    readCall(match[1] as string, body, match.index + match[0].length),
  );
  const attributes = [...body.matchAll(new RegExp(String.raw`^ {4}(\w+) = (?:${STRING})\s*(?:#.*)?$`, 'gm'))];
  const methods = [...body.matchAll(/^ {4}def (\w+)\(/gm)];
  const description = /^\s*"""([\s\S]*?)(?:\n\s*\n|""")/.exec(body)?.[1];
  return {
    directives,
    attributes: new Map(attributes.map((match) => [match[1] as string, unescape(match[2] ?? match[3] ?? '')])),
    methods: new Set(methods.map((match) => match[1] as string)),
    description: description?.replace(/\s+/g, ' ').trim(),
  };
}

/** Recipes of today have a second class for how they are built; the package is the first one. */
function classBody(text: string): string {
  const lines = text.split('\n');
  const start = lines.findIndex((line) => /^class \w+/.test(line));
  if (start < 0) return '';
  const head = lines.findIndex((line, index) => index >= start && /:\s*(#.*)?$/.test(line));
  const after = lines.slice(head + 1);
  const end = after.findIndex((line) => /^(?:class |def |@\w)/.test(line));
  return (end < 0 ? after : after.slice(0, end)).join('\n');
}

/** Reads a call's arguments up to its closing parenthesis. */
function readCall(name: string, text: string, start: number): Directive {
  const values: string[] = [];
  const named = new Map<string, string>();
  const token = new RegExp(String.raw`(?:(\w+)\s*=\s*)?(?:${STRING})|[()[\]{}]|#.*`, 'g');
  token.lastIndex = start;
  let depth = 1;
  for (let match = token.exec(text); match !== null && depth > 0; match = token.exec(text)) {
    const [whole, key, double, single] = match;
    const value = double ?? single;
    if (value === undefined) {
      if (/[([{]/.test(whole)) depth += 1;
      else if (/[)\]}]/.test(whole)) depth -= 1;
    } else if (depth === 1) {
      if (key === undefined) values.push(unescape(value));
      else named.set(key, unescape(value));
    }
  }
  return { name, values, named };
}

function unescape(text: string): string {
  return text.replace(/\\(.)/g, '$1');
}
