import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Document } from 'yaml';
import { atomicWrite } from '../../kit/index.ts';
import { isolatedEnvironment, jobFolders, type JobFolders } from './isolated-environment.ts';
import { withCompilers } from './known-compilers.ts';
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
  copyWith(roots?: readonly string[], lock?: string): Promise<void>;
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
  await mkdir(cacheFolder, { recursive: true });
  const scratch = await mkdtemp(join(cacheFolder, 'solve-'));
  try {
    const folders = jobFolders({ scratch, cacheFolder });
    const copy = async (text?: string, roots?: readonly string[]) => {
      const folder = await copyOf(environment, { scratch, folders, roots });
      if (text !== undefined) await atomicWrite(join(folder, 'spack.lock'), text);
      return folder;
    };
    const view = await copy(lock);
    const here = await withCompilers({ ...session, environment: view, workFolder: view }, { folders, ownScope });
    const copyWith = async (roots?: readonly string[], text?: string) => void (await copy(text, roots));
    return await work({ here: { ...here, environment: view }, copyWith });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

interface CopyOptions {
  readonly scratch: string;
  readonly folders: JobFolders;
  readonly roots: readonly string[] | undefined;
}

async function copyOf(environment: string, { scratch, folders, roots }: CopyOptions): Promise<string> {
  const config = { ...folders, install_tree: { root: join(scratch, 'store') } };
  const adapt = roots && ((document: Document) => replaceSpecs(document, roots));
  return isolatedEnvironment(environment, join(scratch, 'view'), { config, adapt });
}

function replaceSpecs(document: Document, roots: readonly string[]): void {
  for (const top of ['spack', 'env'].filter((key) => document.has(key))) {
    document.deleteIn([top, 'specs:']);
    document.setIn([top, 'specs'], document.createNode(roots));
  }
}
