import { copyFileSync, linkSync, mkdirSync, readlinkSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { hasCode } from '../../kit/index.ts';
import type { Tree } from '../workspace/tree-copy.ts';
import type { ArtifactFile } from './artifact-files.ts';

/** Keeps the archives of ended jobs, a folder for each, until the run is over. */
export class ArtifactStore {
  readonly #folder: string;
  readonly #trees = new Map<number, Tree>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Returns the archive of a job; undefined if it left none. */
  tree(job: number): Tree | undefined {
    return this.#trees.get(job);
  }

  /** Takes files of a job's project, by hard links where that spares a copy. */
  put(job: number, project: string, files: readonly ArtifactFile[]): void {
    const folder = join(this.#folder, String(job));
    mkdirSync(folder, { recursive: true });
    for (const { path, kind } of files) take(join(project, path), join(folder, path), kind);
    this.#trees.set(job, { folder, paths: files.map((file) => file.path) });
  }
}

function take(source: string, target: string, kind: ArtifactFile['kind']): void {
  mkdirSync(kind === 'folder' ? target : dirname(target), { recursive: true });
  if (kind === 'folder') return;
  if (kind === 'link') return symlinkSync(readlinkSync(source), target);
  try {
    linkSync(source, target);
  } catch (error) {
    if (!hasCode(error, 'EXDEV') && !hasCode(error, 'EPERM') && !hasCode(error, 'EMLINK')) throw error;
    copyFileSync(source, target);
  }
}
