import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { dataFolder } from '../../coordinator/index.ts';
import type { CommandContext } from '../command.ts';
import { cliError } from '../errors.ts';
import { loadServerSettings } from '../server/settings.ts';

export interface HistoryPlaces {
  /** A file of times. */
  readonly history?: string;
  /** Data folder of a server; by default the one that `slipway serve` would have here. */
  readonly data?: string;
}

/** Seconds that packages took before, by name: of the file, else what the server's jobs took; undefined without either. */
export async function buildHistory(
  { history, data }: HistoryPlaces,
  { cwd, env }: Pick<CommandContext, 'cwd' | 'env'>,
): Promise<ReadonlyMap<string, number> | undefined> {
  if (history !== undefined) return readHistory(resolve(cwd, history));
  const { configuration } = await loadServerSettings(data === undefined ? {} : { data }, env, cwd);
  const { database: file } = dataFolder(configuration.data);
  if (!existsSync(file)) {
    if (data !== undefined) throw cliError('CLI_NO_DATA', { folder: configuration.data });
    return undefined;
  }
  const { Database, createPipelineLedger } = await import('../../store/index.ts');
  const database = new Database(file, { readonly: true });
  try {
    return createPipelineLedger(database).durations();
  } finally {
    database.close();
  }
}

/**
 * Seconds that packages took to build, by name: a JSON mapping, or lines of a name and a number. Where a name comes more than
 * once, the last counts.
 */
async function readHistory(file: string): Promise<ReadonlyMap<string, number>> {
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
