const MAX_LENGTH = 1_000_000;
const REFERENCE = /\$\$|%%|\$\{([A-Za-z_]\w*)\}|\$([A-Za-z_]\w*)|%([A-Za-z_]\w*)%/g;

/**
 * Expands `$X`, `${X}` and `%X%` once, as GitLab does on its side: `$$` and what `lookup` does not know stay as they
 * are, for the runner and the shell, and so do references that would make the text longer than a megabyte.
 */
export function expandVariables(text: string, lookup: (name: string) => string | undefined): string {
  if (!text.includes('$') && !text.includes('%')) return text;
  let length = text.length;
  return text.replace(REFERENCE, (whole, ...names: readonly (string | undefined)[]) => {
    const name = names[0] ?? names[1] ?? names[2];
    const value = name === undefined ? undefined : lookup(name);
    length += value?.length ?? 0;
    return value === undefined || length > MAX_LENGTH ? whole : value;
  });
}

/** The names that a text refers to. */
export function referencedVariables(text: string): readonly string[] {
  return [...text.matchAll(REFERENCE)].flatMap(([, braced, bare, percent]) => braced ?? bare ?? percent ?? []);
}
