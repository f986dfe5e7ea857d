import type { Readable } from 'node:stream';

/**
 * Characters after which a line that does not end is passed on in pieces: a build may write gigabytes without a
 * newline.
 */
export const longestLine = 16_384;

/**
 * Calls back with every line of a stream (UTF-8, ended by `\n`, `\r` or `\r\n`), the last one also where nothing ends
 * it. Lines longer than `longestLine`, plus what comes at once, are passed on in pieces.
 */
export function eachLine(stream: Readable, onLine: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8').on('data', (text: string) => {
    // A return at the end may be the half of what ends the line.
    const lines = (rest + text).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
    for (; rest.length > longestLine; rest = rest.slice(longestLine)) onLine(rest.slice(0, longestLine));
  });
  stream.on('end', () => {
    if (rest !== '') onLine(rest.replace(/\r$/, ''));
  });
}
