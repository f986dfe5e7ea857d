export type Token =
  | { readonly kind: 'variable' | 'string'; readonly text: string }
  | { readonly kind: 'regex'; readonly source: string; readonly flags: string }
  | { readonly kind: 'null' }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'operator'; readonly text: '==' | '!=' | '=~' | '!~' | '&&' | '||' | '!' | '(' | ')' };

const TOKEN =
  /\s*(?:\$(\w+)|\$\[\[\s*(inputs\.[\w-]+)\s*\]\]|"([^"]*)"|'([^']*)'|\/((?:\\.|[^\\/])+)\/([ismU]*)|(null|true|false)\b|(==|!=|=~|!~|&&|\|\||!|\(|\)))\s*/y;

/**
 * Splits an expression of `rules:if` into tokens, an input being a variable `inputs.…`; a text in place of them states
 * what is wrong.
 */
export function tokenize(expression: string): readonly Token[] | string {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  for (let at = 0; at < expression.length; at = TOKEN.lastIndex) {
    const match = TOKEN.exec(expression);
    if (match === null) return `nothing is known that begins with \`${expression.slice(at, at + 20)}\``;
    const token = toToken(match);
    if (token.kind === 'regex' && token.source.length === 1)
      return `the pattern \`/${token.source}/\` is a single character, which GitLab does not accept`;
    tokens.push(token);
  }
  return tokens;
}

function toToken(match: RegExpExecArray): Token {
  const [, name, input, double, single, source, flags, word, operator] = match;
  const variable = name ?? input;
  if (variable !== undefined) return { kind: 'variable', text: variable };
  const text = double ?? single;
  if (text !== undefined) return { kind: 'string', text };
  if (source !== undefined) return { kind: 'regex', source, flags: flags ?? '' };
  if (word !== undefined) return word === 'null' ? { kind: 'null' } : { kind: 'boolean', value: word === 'true' };
  return { kind: 'operator', text: operator as '==' };
}

/** Parses `/source/flags`, for example from a variable; undefined for any other text. */
export function regexToken(text: string): Extract<Token, { kind: 'regex' }> | undefined {
  const match = /^\/(.*)\/([ismU]*)$/m.exec(text);
  return match === null ? undefined : { kind: 'regex', source: match[1] as string, flags: match[2] as string };
}
