import { join } from 'node:path';
import type { Document } from 'yaml';
import { atomicWrite } from '../../kit/index.ts';
import { isolatedEnvironment, jobFolders } from './isolated-environment.ts';
import { withCompilers } from './known-compilers.ts';
import { inScratchFolder } from './scratch-folder.ts';
import type { SpackSession } from './spack-session.ts';

export interface ScratchRequest {
  /** Folder of the environment. */
  readonly environment: string;
  readonly session: Omit<SpackSession, 'environment' | 'workFolder'>;
  /** Of all jobs. */
  readonly cacheFolder: string;
  readonly ownScope: string;
}

export interface ScratchView {
  /** For commands in the copy. */
  readonly here: SpackSession & { readonly environment: string };
  /** Copies the environment again, with other roots if some are given, and with the text of a lock if one is given. */
  copyWith(roots?: readonly string[], lock?: string): Promise<unknown>;
}

/**
 * Calls back with a copy of an environment in which Spack may write, with its compilers known, and with this text of a
 * lock; removes it after that.
 */
export async function inScratchView<T>(
  { environment, session, cacheFolder, ownScope }: ScratchRequest,
  lock: string | undefined,
  work: (view: ScratchView) => Promise<T>,
): Promise<T> {
  return inScratchFolder(join(cacheFolder, 'solve-'), async (scratch) => {
    const copyWith = async (roots?: readonly string[], text?: string) => {
      const adapt = roots && ((document: Document) => replaceSpecs(document, roots));
      return copyEnvironment(environment, { scratch, cacheFolder, lock: text, adapt });
    };
    const view = await copyWith(undefined, lock);
    const start = { ...session, environment: view, workFolder: view };
    const here = await withCompilers(start, { folders: jobFolders({ scratch, cacheFolder }), ownScope });
    return work({ here: { ...here, environment: view }, copyWith });
  });
}

interface CopyOptions {
  readonly scratch: string;
  readonly cacheFolder: string;
  readonly lock: string | undefined;
  readonly adapt: ((document: Document) => void) | undefined;
}

/** Copies an environment, and writes a lock beside it, so that Spack writes to folders of the job only. */
export async function copyEnvironment(
  environment: string,
  { scratch, cacheFolder, lock, adapt }: CopyOptions,
): Promise<string> {
  const config = { ...jobFolders({ scratch, cacheFolder }), install_tree: { root: join(scratch, 'store') } };
  const folder = await isolatedEnvironment(environment, join(scratch, 'view'), { config, adapt });
  if (lock !== undefined) await atomicWrite(join(folder, 'spack.lock'), lock);
  return folder;
}

function replaceSpecs(document: Document, roots: readonly string[]): void {
  for (const top of ['spack', 'env'].filter((key) => document.has(key))) {
    document.deleteIn([top, 'specs:']);
    document.setIn([top, 'specs'], document.createNode(roots));
  }
}
