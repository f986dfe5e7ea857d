import { Readable } from 'node:stream';
import { pack } from 'tar-stream';
import { prefixedStore, publishedKeys, type ObjectStore } from '../mirror/index.ts';

const TIME = new Date(0);

/**
 * The mirror of one lock as a tar, with its keys in `public.key`: one address from which a Dockerfile fetches all of it
 * (`curl … | tar -x`). Undefined if there is no such view.
 */
export async function viewArchive(store: ObjectStore, prefix: string): Promise<Readable | undefined> {
  const view = prefixedStore(store, prefix);
  const keys: { key: string; size: number }[] = [];
  for await (const { key, size } of view.list('')) keys.push({ key, size });
  if (keys.length === 0) return undefined;
  const armored = (await publishedKeys(view)).map(({ publicKey }) => publicKey).join('');
  const archive = pack();
  const writing = async () => {
    if (armored !== '') archive.entry({ name: 'public.key', mode: 0o644, mtime: TIME }, armored);
    for (const { key, size } of keys) {
      const source = await view.open(key);
      if (source === undefined) throw new Error(`${key} is gone`);
      await writeEntry(archive, { key, size }, source);
    }
    archive.finalize();
  };
  // Readers see that the archive has no proper end.
  writing().catch((error: unknown) => archive.destroy(error as Error));
  return Readable.from(archive);
}

/** tar-stream's streams are not Node's own, so its `pipeline` does not know when they end. */
function writeEntry(
  archive: ReturnType<typeof pack>,
  { key, size }: { readonly key: string; readonly size: number },
  source: Readable,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const entry = archive.entry({ name: key, size, mode: 0o644, mtime: TIME });
    entry.on('error', reject);
    entry.on('close', () => resolve());
    source.on('error', (error) => entry.destroy(error));
    source.pipe(entry);
  });
}
