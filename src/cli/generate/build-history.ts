import { readNamedFile } from '../../kit/index.ts';
import type { CommandContext } from '../command.ts';
import { withServerData } from './server-data.ts';
import type { DataPlace } from './server-data.ts';

export interface HistoryPlaces extends DataPlace {
  /** A file of times. */
  readonly history?: string;
}

/** Seconds that packages took before, by name: of the file, else what the server's jobs took; undefined without either. */
export async function buildHistory(
  places: HistoryPlaces,
  context: Pick<CommandContext, 'cwd' | 'env'>,
): Promise<ReadonlyMap<string, number> | undefined> {
  if (places.history !== undefined) return readTimes(await readNamedFile(places.history, context.cwd));
  return withServerData(places, context, ({ pipelines }) => pipelines.durations());
}

/**
 * Seconds that packages took to build, by name: a JSON mapping, or lines of a name and a number. Where a name comes more than
 * once, the last counts.
 */
function readTimes(text: string): ReadonlyMap<string, number> {
  const entries = text.trimStart().startsWith('{')
    ? Object.entries(JSON.parse(text) as Readonly<Record<string, unknown>>)
    : text.split('\n').map((line) => line.trim().split(/[\t ]+/) as [string, unknown]);
  return new Map(
    entries.flatMap(([name, seconds]) =>
      Number(seconds) > 0 && name !== '' ? [[name, Number(seconds)] as const] : [],
    ),
  );
}
