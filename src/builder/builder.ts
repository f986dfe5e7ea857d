import type { RelocationRequest } from '../mirror/index.ts';
import type { Lockfile, RunEnvironment, SpecNode } from '../spack/index.ts';

/** Told while a build goes on; `line` is without its newline. */
export type BuildLog = (line: string) => void;

export interface LockRequest {
  /** Folder of the environment: holds `spack.yaml`, and `recipes/` for the recipes builder. */
  readonly environment: string;
  /**
   * Folders of further configuration, absolute; later ones count more, as Spack's `-C`. All count less than the
   * environment.
   */
  readonly configScopes?: readonly string[];
}

/** Where a dependency is to work: the folder that it is put into may be another view of its prefix. */
export type DependencyPlace = Omit<RelocationRequest, 'folder'>;

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
  /** Folder for the logs that the build keeps beside what it says; made when there is one. */
  readonly artifacts?: string;
  /**
   * Puts a dependency's installed prefix at this folder of the disk (from the mirror, verified). With a place it is
   * made to work there; without one it works only at the prefix that it was built for.
   */
  fetchDependency(node: SpecNode, folder: string, place?: DependencyPlace): Promise<void>;
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
  /** What the package does to the environment of its users, where that is known. */
  readonly environment?: RunEnvironment;
  /** What relocation is to know of the store that it was built in, where that is not the folder of all prefixes. */
  readonly store?: BuiltStore;
  /** What the package's own tests said, where they were run and decide nothing about the build. */
  readonly tests?: TestResult;
}

/** Absolute paths, as the files of a package name them. */
export interface BuiltStore {
  readonly root: string;
  readonly sbang: string;
  readonly spackPrefix: string;
}

export type TestResult = { readonly passed: true } | { readonly passed: false; readonly reason: string };

/**
 * Builds software. `inputs` returns a digest: as long as it is the same, `lock` would return the same lock. `lock` is
 * called first and decides every hash. `build` then builds one package whose dependencies have been built before. A build
 * that fails leaves no prefix. Calls for different hashes may run at once, in different scratch folders.
 */
export interface Builder {
  readonly name: 'recipes' | 'spack';
  /** A digest of all that decides a lock but what mirrors hold; undefined where something out of reach decides, too. */
  inputs(request: LockRequest): Promise<string | undefined>;
  lock(request: LockRequest): Promise<Lockfile>;
  build(request: BuildRequest): Promise<BuildResult>;
}
