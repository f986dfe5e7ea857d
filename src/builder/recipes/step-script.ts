/** Begins a line that tells which command of a step comes next; no build prints this byte by chance. */
const MARK = '\u0001slipway:';

/**
 * The text that `sh` runs for a step: the commands in one shell, each announced by a marked line on the output, so
 * that the log can show it and a failure can name it. Ends at the first command that fails.
 */
export function stepScript(commands: readonly string[]): string {
  const announced = commands.map((command, index) => `printf '${MARK}%d\\n' ${index}\n${command}\n`);
  return ['exec 2>&1', 'set -eu', ...announced].join('\n');
}

/** Splits a line of the output at a mark: what stood before it, and the index of the command that begins. */
export function readMark(line: string): { readonly before: string; readonly command: number } | undefined {
  const at = line.lastIndexOf(MARK);
  const digits = line.slice(at + MARK.length);
  return at >= 0 && /^\d+$/.test(digits) ? { before: line.slice(0, at), command: Number(digits) } : undefined;
}
