import type { RelocationRequest } from '../mirror/index.ts';
import type { Lockfile, RunEnvironment, SpecNode } from '../spack/index.ts';
import type { LockShare } from './lock-share.ts';

/** Receives a line of a build's output, without its newline. */
export type BuildLog = (line: string) => void;

export interface EnvironmentRequest {
  /** Folder of the environment: holds `spack.yaml`, and `recipes/` for the recipes builder. */
  readonly environment: string;
  /**
   * Folders of further configuration, absolute; later ones count more, as Spack's `-C`. All count less than the
   * environment.
   */
  readonly configScopes?: readonly string[];
}

/** What decides a lock, except mirrors and the share of its roots. */
export interface LockInputs {
  /** Undefined if some of it is out of reach. */
  readonly digest: string | undefined;
  /** Digests of what it is made of, as far as that is known, by names for messages, as `compilers`. */
  readonly facts: Readonly<Record<string, string>>;
}

export interface LockRequest extends EnvironmentRequest {
  /** A lock to begin with: its roots that the environment still has are kept as they are. Only Spack has this. */
  readonly base?: Lockfile;
  /** The roots to lock, by default all. Roots that are not locked apart are all of the first part. */
  readonly share?: LockShare;
}

/** The prefix at which a dependency will be used; the folder that it is installed into may be another view of it. */
export type DependencyTarget = Omit<RelocationRequest, 'folder'>;

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
  /** Named pipe of a jobserver: parallel jobs are started as it allows, and `jobs` is for programs that read none. */
  readonly jobserver?: string;
  readonly runTests: boolean;
  readonly log: BuildLog;
  /** Folder for further logs that the build keeps; created with the first one. */
  readonly artifacts?: string;
  /**
   * Installs a dependency from the mirror, verified, into a folder. It is relocated for the target; without one it
   * works only at the prefix that it was built for.
   */
  fetchDependency(node: SpecNode, folder: string, target?: DependencyTarget): Promise<void>;
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
  /** The changes that the package makes to the environment of its users, if known. */
  readonly environment?: RunEnvironment;
  /** The store that it was built in, for relocation, if that is not the folder of all prefixes. */
  readonly store?: BuiltStore;
  /** The result of the package's own tests, if they were run and do not affect the build. */
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
 * Builds software. As long as the digest of `inputs` is the same, `lock` without a base would return the same lock. It is
 * called first and decides every hash. `build` then builds one package whose dependencies have been built before. A
 * build that fails leaves no prefix. Calls for different hashes may run at once, in different scratch folders.
 */
export interface Builder {
  inputs(request: EnvironmentRequest): Promise<LockInputs>;
  lock(request: LockRequest): Promise<Lockfile>;
  /** Returns the names of packages whose recipes are, as far as that is known, others than when they were locked. */
  changedRecipes(request: EnvironmentRequest, lock: Lockfile): Promise<readonly string[]>;
  build(request: BuildRequest): Promise<BuildResult>;
}
