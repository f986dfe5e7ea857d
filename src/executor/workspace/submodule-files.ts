import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { runProgram } from '../../kit/index.ts';
import { listFiles } from './list-files.ts';
import type { SubmoduleStrategy } from './submodules.ts';

/** The mode of a submodule in git's index. */
const LINK = '160000 ';

interface SubmoduleFiles {
  /** Relative to the working copy. */
  readonly paths: readonly string[];
  /** Those that are not UTF-8, byte by byte. */
  readonly rawPaths: readonly Buffer[];
  /** Submodules that are not checked out. */
  readonly missing: readonly string[];
}

/** The files of a working copy's submodules, as they are now, without what git ignores. */
export async function listSubmoduleFiles(workingCopy: string, strategy: SubmoduleStrategy): Promise<SubmoduleFiles> {
  const paths: string[] = [];
  const rawPaths: Buffer[] = [];
  const missing: string[] = [];
  const open = await linksIn(workingCopy, '');
  for (const path of open) {
    const folder = join(workingCopy, path);
    if (!existsSync(join(folder, '.git'))) {
      missing.push(path);
      continue;
    }
    const files = await listFiles(folder);
    paths.push(...files.paths.map((file) => `${path}/${file}`));
    rawPaths.push(...files.rawPaths.map((file) => Buffer.concat([Buffer.from(`${path}/`), file])));
    if (strategy === 'recursive') open.push(...(await linksIn(workingCopy, path)));
  }
  return { paths, rawPaths, missing };
}

/** Paths of the submodules of the repository at a path of the working copy; none where it is no repository. */
async function linksIn(workingCopy: string, path: string): Promise<string[]> {
  const entries = await git(join(workingCopy, path), ['ls-files', '-z', '--stage']).catch((): readonly string[] => []);
  return entries
    .filter((entry) => entry.startsWith(LINK))
    .map((entry) => join(path, entry.slice(entry.indexOf('\t') + 1)));
}

async function git(folder: string, words: readonly string[]): Promise<readonly string[]> {
  const { stdout } = await runProgram('git', ['-C', folder, ...words], { env: 'inherited' });
  return stdout
    .toString('utf8')
    .split('\0')
    .filter((line) => line !== '');
}
