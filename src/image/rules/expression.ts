/** A regular expression of a rule, or why it is none. */
export function compileRefPattern(source: string): RegExp | string {
  try {
    return new RegExp(source, 'u');
  } catch (error) {
    return (error as Error).message;
  }
}

/** Returns the text between the slashes of `/…/`; undefined for a name. No git ref begins or ends with a slash. */
export function expressionOf(text: string): string | undefined {
  return text.length > 2 && text.startsWith('/') && text.endsWith('/') ? text.slice(1, -1) : undefined;
}

/** How many groups an expression captures. */
export function groupCount(source: string): number {
  return (new RegExp(`${source}|`, 'u').exec('')?.length ?? 1) - 1;
}

/** The numbers of the groups that a tag names: 1 and 2 for `$1-$2`. */
export function groupsNamed(tag: string): readonly number[] {
  return [...tag.matchAll(/\$(\d+)/g)].map((match) => Number(match[1]));
}

/** Puts what the groups matched into a tag. */
export function fillTag(tag: string, match: readonly (string | undefined)[]): string {
  return tag.replace(/\$(\d+)/g, (_whole, digits: string) => match[Number(digits)] ?? '');
}
