import { chmod, readFile, rename, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { atomicWrite, exists, ifExists } from '../../kit/index.ts';
import { forgeError } from '../errors.ts';
import { gitCommand } from './git-command.ts';
import { hookScript, type HookScriptOptions } from './hook-script.ts';

interface HookOptions {
  /** Path of a repository on this machine, bare or with a work tree. */
  readonly remote: string;
  /** PATH for git. */
  readonly path?: string;
}

export interface InstallHookOptions extends HookOptions, Pick<HookScriptOptions, 'server' | 'fallback'> {
  /** Keep a foreign hook beside ours and run it first, instead of refusing. */
  readonly force?: boolean;
}

export interface HookOutcome {
  readonly path: string;
  readonly outcome: 'installed' | 'unchanged' | 'updated' | 'removed' | 'absent';
}

const MARK = '# slipway post-receive hook';
const KEPT = '.before-slipway';

/**
 * Installs a `post-receive` hook that wakes the server in the background after each push and never fails one. Safe to
 * repeat. A hook that is not ours is refused, or with `force` kept and run first.
 */
export async function installHook(options: InstallHookOptions): Promise<HookOutcome> {
  const path = await hookPath(options);
  const { server, fallback } = options;
  const text = hookScript({ server, fallback, kept: KEPT, mark: MARK });
  const present = await ifExists(readFile(path, 'utf8'));
  if (present === text) return { path, outcome: 'unchanged' };
  const isForeign = present !== undefined && !present.includes(MARK);
  if (isForeign && options.force !== true) throw forgeError('FORGE_HOOK_FOREIGN', { path });
  if (isForeign) await rename(path, `${path}${KEPT}`);
  await atomicWrite(path, text, { mode: 0o755 });
  await chmod(path, 0o755);
  return { path, outcome: present === undefined || isForeign ? 'installed' : 'updated' };
}

/** Removes our hook and restores the one that it replaced. Leaves a foreign hook alone. */
export async function removeHook(options: HookOptions): Promise<HookOutcome> {
  const path = await hookPath(options);
  const present = await ifExists(readFile(path, 'utf8'));
  if (present === undefined) return { path, outcome: 'absent' };
  if (!present.includes(MARK)) throw forgeError('FORGE_HOOK_FOREIGN', { path }, { hint: 'It was left as it is.' });
  const isKept = await exists(`${path}${KEPT}`);
  await (isKept ? rename(`${path}${KEPT}`, path) : rm(path));
  return { path, outcome: 'removed' };
}

async function hookPath({ remote, path }: HookOptions): Promise<string> {
  const folder = resolve(remote);
  for (const repository of [folder, join(folder, '.git')]) {
    const isRepository = await stat(join(repository, 'objects')).then(
      (found) => found.isDirectory(),
      () => false,
    );
    if (!isRepository) continue;
    const git = gitCommand({ repository, path });
    const answer = await git.run(['-c', 'safe.directory=*', 'rev-parse', '--git-path', 'hooks/post-receive']);
    // A relative core.hooksPath counts from where hooks run, which is the repository itself.
    return resolve(repository, answer.trim());
  }
  throw forgeError('FORGE_HOOK_NOT_LOCAL', { remote });
}
