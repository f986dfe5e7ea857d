import { rm, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { writeSecretFile } from '../kit/index.ts';

/** Files for secrets that only their owner can read, created empty before the secrets exist. */
interface SecretFiles {
  write(name: string, text: string): Promise<void>;
  /** Removes the files that are still empty. */
  removeUnused(): Promise<void>;
}

/** Creates the files, so that nothing is lost later to an existing file or a missing permission. */
export async function createSecretFiles(names: readonly string[], folder: string): Promise<SecretFiles> {
  const unused = new Set<string>();
  const removeUnused = async () => {
    for (const name of unused) await rm(resolve(folder, name), { force: true });
  };
  try {
    for (const name of names) {
      await writeSecretFile(name, '', folder);
      unused.add(name);
    }
  } catch (error) {
    await removeUnused();
    throw error;
  }
  return {
    write: async (name, text) => {
      await writeFile(resolve(folder, name), text, { flush: true });
      unused.delete(name);
    },
    removeUnused,
  };
}
