import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dataFolder, testersOf, type DataFolder, type PipelineLedger } from '../coordinator/index.ts';
import type { TestedLocks } from '../protocol/index.ts';
import type { CommandContext } from './command.ts';
import { readServerSettings } from './server-settings.ts';

/** What `slipway plan` reads of a server's data folder. No server needs to run. */
interface StoredData {
  readonly folder: string;
  /** Reads the locks that were tested for a tree. Locks of people who are not trusted do not count. */
  readonly testedLocks: (tree: string) => Promise<TestedLocks | undefined>;
  /** Returns the seconds that packages took to build, by name. */
  readonly buildTimes: () => ReadonlyMap<string, number>;
  readonly close: () => void;
}

/** Opens a data folder; by default the one that `slipway serve` would use here, if it exists. */
export async function openStoredData(
  data: string | undefined,
  context: CommandContext,
): Promise<StoredData | undefined> {
  const { configuration } = await readServerSettings({ data }, context);
  const folder = dataFolder(configuration.data);
  const isThere = existsSync(folder.database);
  if (!isThere && data === undefined) return undefined;
  const { Database, createPipelineLedger, storeError } = await import('../store/index.ts');
  if (!isThere) throw storeError('STORE_NO_DATA', { folder: configuration.data });
  const database = new Database(folder.database, { readonly: true });
  const pipelines = createPipelineLedger(database);
  return {
    folder: folder.root,
    testedLocks: async (tree) => testedLocksOf(tree, { folder, pipelines }),
    buildTimes: () => pipelines.durations(),
    close: () => database.close(),
  };
}

async function testedLocksOf(
  tree: string,
  stored: { readonly folder: DataFolder; readonly pipelines: PipelineLedger },
): Promise<TestedLocks | undefined> {
  const tested = testersOf(stored, { tree }).find(({ record }) => record.trust !== 'untrusted');
  if (tested === undefined) return undefined;
  const { id, ref, request } = tested.record;
  const locks = tested.locks.map(async (one) => ({
    ...one,
    lock: await readFile(stored.folder.lock(one.digest), 'utf8'),
  }));
  return { pipeline: id, ref, pullRequest: request, standing: 'trusted', locks: await Promise.all(locks) };
}
