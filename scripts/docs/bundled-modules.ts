import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const file = 'modules.json';

/** The files that Vite is about to write. */
type BundleFiles = Readonly<Record<string, { readonly fileName: string; readonly moduleIds?: readonly string[] }>>;

/** The modules whose code is in the site. VitePress loads its configuration as a copy, so they go through a file. */
export class BundledModules {
  readonly #ids = new Set<string>();

  add(bundle: BundleFiles): void {
    for (const { moduleIds = [] } of Object.values(bundle))
      for (const id of moduleIds) this.#ids.add(id.replace(/^\0/, '').replace(/\?.*/, ''));
  }

  async write(folder: string): Promise<void> {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, file), JSON.stringify([...this.#ids]));
  }
}

/** Returns the paths that `BundledModules.write` wrote. */
export async function readBundledModules(folder: string): Promise<readonly string[]> {
  return JSON.parse(await readFile(join(folder, file), 'utf8')) as readonly string[];
}
