import { existsSync } from 'node:fs';
import { dataFolder, loadServerSettings } from '../coordinator/index.ts';
import type { DataFolder, PipelineLedger } from '../coordinator/index.ts';
import type { CommandContext } from './command.ts';

export interface DataPlace {
  /** Data folder of a server; by default the one that `slipway serve` would have here. */
  readonly data?: string;
}

export interface ServerData {
  readonly folder: DataFolder;
  readonly pipelines: PipelineLedger;
}

/** Reads what a server keeps, whether it runs or not; undefined where there is none, and nobody named one. */
export async function withServerData<Result>(
  { data }: DataPlace,
  { cwd, env }: Pick<CommandContext, 'cwd' | 'env'>,
  work: (kept: ServerData) => Result | Promise<Result>,
): Promise<Result | undefined> {
  const { configuration } = await loadServerSettings(data === undefined ? {} : { data }, env, cwd);
  const folder = dataFolder(configuration.data);
  const isThere = existsSync(folder.database);
  if (!isThere && data === undefined) return undefined;
  const { Database, createPipelineLedger, storeError } = await import('../store/index.ts');
  if (!isThere) throw storeError('STORE_NO_DATA', { folder: configuration.data });
  const database = new Database(folder.database, { readonly: true });
  try {
    return await work({ folder, pipelines: createPipelineLedger(database) });
  } finally {
    database.close();
  }
}
