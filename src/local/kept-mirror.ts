import { folderStore, layoutsIn, statementKey, type ObjectStore } from '../mirror/index.ts';

/**
 * A folder that a person named as the mirror of their runs. There is no server that would keep its index: `publish`
 * does it for what the run has pushed since this was opened. A mirror with a signed statement is somebody else's to
 * publish.
 */
export class KeptMirror {
  readonly #store: ObjectStore;
  readonly #before: ReadonlySet<string>;

  private constructor(store: ObjectStore, before: ReadonlySet<string>) {
    this.#store = store;
    this.#before = before;
  }

  static async open(folder: string): Promise<KeptMirror> {
    const store = folderStore(folder);
    return new KeptMirror(store, await entriesIn(store));
  }

  async publish(): Promise<void> {
    const isNew = [...(await entriesIn(this.#store))].some((entry) => !this.#before.has(entry));
    if (!isNew || (await this.#store.head(statementKey)) !== undefined) return;
    for (const layout of await layoutsIn(this.#store)) await layout.publishIndex();
  }
}

async function entriesIn(store: ObjectStore): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (const layout of await layoutsIn(store))
    for await (const { name, version, hash } of layout.list()) found.add(`${layout.kind} ${name} ${version} ${hash}`);
  return found;
}
