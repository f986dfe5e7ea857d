import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readDotenv } from '../../kit/index.ts';
import type { JobArtifact, JobDependency } from '../../protocol/index.ts';
import type { ArtifactStore } from '../artifacts/artifact-store.ts';
import { JobFailure } from '../job-outcome.ts';
import { yellow } from '../section.ts';
import { submoduleStrategy, type SubmoduleStrategy } from '../workspace/submodules.ts';
import { copyTree, type Tree } from '../workspace/tree-copy.ts';
import type { ArtifactContent, Exchange, SourceRequest } from './exchange.ts';
import type { JobLog } from './job-log.ts';

/** Files of submodules, laid over those of the working copy. */
export interface LocalSubmodules {
  readonly tree: Tree;
  /** Those that are not checked out. */
  readonly missing: readonly string[];
}

interface LocalExchangeOptions {
  readonly job: number;
  readonly log: JobLog;
  readonly canceled: AbortSignal;
  readonly store: ArtifactStore;
  /** The working copy as it was when the run began; absent where jobs work in place. */
  readonly sources?: Tree;
  readonly submodules: (strategy: SubmoduleStrategy) => Promise<LocalSubmodules>;
}

const NEVER = new AbortController().signal;

/** Sources of a working copy, and artifacts in a folder of this machine. */
export class LocalExchange implements Exchange {
  readonly log: JobLog;
  readonly canceled: AbortSignal;
  readonly abandoned = NEVER;
  /** What the job's dotenv reports say. */
  dotenv: Readonly<Record<string, string>> = {};
  readonly #options: LocalExchangeOptions;

  constructor(options: LocalExchangeOptions) {
    this.log = options.log;
    this.canceled = options.canceled;
    this.#options = options;
  }

  async fetchSources({ workspace, environment }: SourceRequest): Promise<void> {
    const { sources, submodules } = this.#options;
    if (sources === undefined) return;
    await workspace.laySources(sources);
    const strategy = submoduleStrategy((name) => environment[name]);
    if (strategy === undefined) return;
    const { tree, missing } = await submodules(strategy);
    for (const path of missing)
      this.log.print(yellow(`WARNING: the submodule ${path} is not checked out here; see git submodule update --init`));
    await workspace.laySources(tree);
  }

  async fetchArtifacts({ id }: JobDependency, folder: string): Promise<void> {
    const tree = this.#options.store.tree(id);
    if (tree !== undefined) await copyTree(tree, folder);
  }

  async storeArtifact({ artifact_type: type }: JobArtifact, { folder, files }: ArtifactContent): Promise<void> {
    const { store, job } = this.#options;
    if (type === 'archive') return store.put(job, folder, files);
    for (const { path, kind } of files) {
      if (type !== 'dotenv' || kind !== 'file') continue;
      const { variables, fault } = readDotenv(await readFile(join(folder, path), 'utf8'));
      if (fault !== undefined) throw new JobFailure('script_failure', `${path}: ${fault}`, 1);
      this.dotenv = { ...this.dotenv, ...variables };
    }
  }
}
