/** Returns words in backticks, with commas between them. */
export function quotedList(words: readonly string[]): string {
  return words.map((word) => `\`${word}\``).join(', ');
}
