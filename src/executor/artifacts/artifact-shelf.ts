import { copyFileSync, linkSync, mkdirSync, symlinkSync, readlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { hasCode } from '../../kit/index.ts';
import { selectArtifactFiles } from './artifact-files.ts';
import type { ArtifactSelection, SelectionRest } from './artifact-files.ts';
import type { Tree } from '../workspace/tree-copy.ts';

export interface ArtifactWish extends SelectionRest {
  readonly paths: readonly string[];
}

/** Keeps what ended jobs left, a folder for each, until the run is over. */
export class ArtifactShelf {
  readonly #folder: string;
  readonly #trees = new Map<string, Tree>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** What a job left; undefined if it left no archive. */
  tree(job: string): Tree | undefined {
    return this.#trees.get(job);
  }

  /** Takes the files of a job that match. The job's own are given away where that spares a copy. */
  async put(job: string, project: string, wish: ArtifactWish): Promise<ArtifactSelection> {
    const selection = await selectArtifactFiles(project, wish.paths, wish);
    const folder = join(this.#folder, job);
    mkdirSync(folder, { recursive: true });
    for (const { path, kind } of selection.files) take(join(project, path), join(folder, path), kind);
    this.#trees.set(job, { folder, paths: selection.files.map((file) => file.path) });
    return selection;
  }
}

function take(source: string, target: string, kind: 'file' | 'folder' | 'link'): void {
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
