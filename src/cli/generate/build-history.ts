import { readFile } from 'node:fs/promises';
import { cliError } from '../errors.ts';

/**
 * Seconds that packages took to build, by name: a JSON mapping, or lines of a name and a number. Where a name comes more than
 * once, the last counts.
 */
export async function readHistory(file: string): Promise<ReadonlyMap<string, number>> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw cliError(
      'CLI_FILE_UNREADABLE',
      { file, reason: error instanceof Error ? error.message : 'no reason' },
      { cause: error },
    );
  });
  const entries = text.trimStart().startsWith('{')
    ? Object.entries(JSON.parse(text) as Readonly<Record<string, unknown>>)
    : text.split('\n').map((line) => line.trim().split(/[\t ]+/) as [string, unknown]);
  return new Map(
    entries.flatMap(([name, seconds]) =>
      Number(seconds) > 0 && name !== '' ? [[name, Number(seconds)] as const] : [],
    ),
  );
}
