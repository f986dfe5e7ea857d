import { folderStore, layoutsIn, statementKey, type ObjectStore } from '../mirror/index.ts';

/**
 * Keeps the index of a folder that the user named as the mirror of their runs, since there is no server to do it.
 * Returns a function that publishes it if the run has pushed anything. A mirror with a signed statement is left to its
 * owner.
 */
export async function keepMirror(folder: string): Promise<() => Promise<void>> {
  const store = folderStore(folder);
  const before = await entriesIn(store);
  return async () => {
    const isNew = [...(await entriesIn(store))].some((entry) => !before.has(entry));
    if (!isNew || (await store.head(statementKey)) !== undefined) return;
    for (const layout of await layoutsIn(store)) await layout.publishIndex();
  };
}

async function entriesIn(store: ObjectStore): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (const layout of await layoutsIn(store))
    for await (const { name, version, hash } of layout.list()) found.add(`${layout.kind} ${name} ${version} ${hash}`);
  return found;
}
