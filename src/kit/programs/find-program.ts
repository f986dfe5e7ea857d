import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';

/** Returns the absolute path of a program in one of the folders of a search path. */
export async function findProgram(name: string, path: string): Promise<string | undefined> {
  for (const folder of path.split(':').filter((one) => one !== '')) {
    const file = join(folder, name);
    const isThere = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return file;
  }
  return undefined;
}
