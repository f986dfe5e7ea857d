import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { atomicWrite, type Clock } from '../../kit/index.ts';
import { configurationPath, gitConfiguration } from './git-environment.ts';
import type { Git } from './git-command.ts';

const STALE_AFTER_MS = 10_000;

/** Makes the bare copy's folder unless it is there, and writes the settings that our git reads. */
export async function prepareCopy(git: Git, defaultBranch: string): Promise<void> {
  const { repository } = git;
  await mkdir(repository, { recursive: true });
  await atomicWrite(configurationPath(repository), gitConfiguration);
  if (existsSync(join(repository, 'HEAD'))) return;
  await git.run(['init', '--quiet', '--bare', '--template=', `--initial-branch=${defaultBranch}`, repository]);
}

/** Returns whether git reports that it found a lock file. */
export function meetsLock(text: string): boolean {
  return /\.lock': File exists/.test(text);
}

/**
 * Removes lock files that a killed git left; without this the copy could never be brought up to date again. Locks
 * younger than ten seconds may belong to a git that still runs. Returns how many were removed.
 */
export async function sweepStaleLocks(repository: string, clock: Clock): Promise<number> {
  const entries = await readdir(repository, { withFileTypes: true, recursive: true });
  let removed = 0;
  for (const entry of entries) {
    if (!entry.isFile() || !entry.name.endsWith('.lock')) continue;
    const path = join(entry.parentPath, entry.name);
    // One that is gone meanwhile belonged to a git that has ended.
    const found = await stat(path).catch(() => undefined);
    if (found === undefined || clock.now() - found.mtimeMs < STALE_AFTER_MS) continue;
    await rm(path, { force: true });
    removed += 1;
  }
  return removed;
}
