import type { Readable } from 'node:stream';

/** Characters after which a line that does not end is told in pieces: a build may say gigabytes without a newline. */
export const longestLine = 16_384;

/**
 * Tells every line that a stream says (UTF-8, ended by `\n`, `\r` or `\r\n`), the last one also where nothing ends it.
 * Lines that are longer than `longestLine`, give or take what comes at once, are told in pieces.
 */
export function hearLines(stream: Readable, hear: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8').on('data', (text: string) => {
    // A return at the end may be the half of what ends the line.
    const lines = (rest + text).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? '';
    for (const line of lines) hear(line);
    for (; rest.length > longestLine; rest = rest.slice(longestLine)) hear(rest.slice(0, longestLine));
  });
  stream.on('end', () => {
    if (rest !== '') hear(rest.replace(/\r$/, ''));
  });
}
