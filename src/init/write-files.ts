import { mkdir, rm, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { exists, messageOf } from '../kit/index.ts';
import { initError } from './errors.ts';
import type { ProjectFile } from './project-options.ts';

interface WrittenFiles {
  readonly written: readonly string[];
  /** Paths that existed and stayed as they were. */
  readonly kept: readonly string[];
}

/** Writes the files that do not exist: all of them, or none. */
export async function writeProjectFiles(folder: string, files: readonly ProjectFile[]): Promise<WrittenFiles> {
  const found = await Promise.all(files.map(({ path }) => exists(join(folder, path))));
  const kept = files.filter((_file, index) => found[index] === true).map(({ path }) => path);
  const created: string[] = [];
  const written: string[] = [];
  for (const { path, text } of files.filter((_file, index) => found[index] !== true)) {
    try {
      created.unshift(...(await makeParents(folder, path)));
      await writeFile(join(folder, path), text, { flag: 'wx' });
      written.push(path);
    } catch (error) {
      for (const one of written) await rm(join(folder, one), { force: true });
      // Only folders that were made here and are empty.
      for (const one of created) await rmdir(one).catch(() => undefined);
      throw initError('INIT_WRITE_FAILED', { path, reason: messageOf(error) }, { cause: error });
    }
  }
  return { written, kept };
}

/** Returns the folders that were made, the deepest first. */
async function makeParents(folder: string, path: string): Promise<readonly string[]> {
  const parents: string[] = [];
  for (let one = dirname(path); one !== '.'; one = dirname(one)) parents.push(join(folder, one));
  const missing: string[] = [];
  for (const parent of parents) if (!(await exists(parent))) missing.push(parent);
  await mkdir(join(folder, dirname(path)), { recursive: true });
  return missing;
}
