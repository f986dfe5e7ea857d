/** Separates words, which may contain spaces and newlines. */
const SEPARATOR = '\u001F';

/** Returns the words after the program's name that a shell wants to complete; the last one may be empty. */
export function completedWords(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  return (env['SLIPWAY_COMPLETION_WORDS'] ?? '').split(SEPARATOR);
}
