import type { Lockfile, SpecNode } from '../spack/index.ts';

/** Told while a build goes on; `line` is without its newline. */
export type BuildLog = (line: string) => void;

export interface LockRequest {
  /** Folder of the environment: holds `spack.yaml`, and `recipes/` for the recipes builder. */
  readonly environment: string;
}

export interface BuildRequest {
  readonly lock: Lockfile;
  /** DAG hash of the package to build. */
  readonly hash: string;
  /** The stack's folder, where recipes and sources are. */
  readonly environment: string;
  /** A folder of the job's own for sources, build trees and the store; made if missing. */
  readonly scratch: string;
  /** Parallel jobs for `make -j`. */
  readonly jobs: number;
  readonly runTests: boolean;
  readonly log: BuildLog;
  /** Puts a dependency's installed prefix at this folder of the disk (from the mirror, verified). */
  fetchDependency(node: SpecNode, folder: string): Promise<void>;
  readonly signal?: AbortSignal;
}

export interface BuildResult {
  /** Folder on disk that holds the installed files. */
  readonly folder: string;
  /** The absolute prefix that the files were built for, and that a tarball of them names. */
  readonly prefix: string;
  /** Absolute prefix of this package and of each package that it links or runs, by DAG hash. */
  readonly prefixes: ReadonlyMap<string, string>;
  readonly seconds: number;
}

/**
 * Builds software. `lock` comes first and decides every hash; `build` then makes one package whose dependencies
 * have been built before. A build that fails leaves no prefix. Calls for different hashes may run at once, in
 * different scratch folders.
 */
export interface Builder {
  readonly name: 'recipes' | 'spack';
  lock(request: LockRequest): Promise<Lockfile>;
  build(request: BuildRequest): Promise<BuildResult>;
}
