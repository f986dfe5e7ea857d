import { CacheFolder } from '../caches/cache-folder.ts';
import type { CacheFolderOptions } from '../caches/cache-folder.ts';
import type { CacheSetting } from '../caches/job-cache.ts';
import { cachesToKeep, keepCaches } from '../caches/keep-caches.ts';
import { restoreCaches } from '../caches/restore-caches.ts';
import { expandOnce } from '../job-environment.ts';
import { lookupIn } from './local-environment.ts';
import type { LocalEnvironment } from './local-environment.ts';
import type { LocalJob } from './local-job.ts';
import { relativeTo } from './take-artifacts.ts';
import type { Workspace } from '../workspace/workspace.ts';

type CachedJob = Pick<LocalJob, 'caches' | 'onOutput'>;

interface JobPlace {
  readonly environment: LocalEnvironment;
  /** The project's folder as the job sees it. */
  readonly project: string;
}

/** Archives may unpack to this many bytes. */
const LARGEST = 20 * 1024 ** 3;

/** What jobs keep from one run of a working copy to the next. */
export class LocalCaches {
  readonly #caches: CacheFolder;
  readonly #workingCopy: string;
  readonly #now: () => number;

  constructor(options: CacheFolderOptions & { readonly workingCopy: string; readonly now: () => number }) {
    this.#caches = new CacheFolder(options);
    this.#workingCopy = options.workingCopy;
    this.#now = options.now;
  }

  /** Lays a job's caches into a folder. */
  async restore(job: CachedJob, { folder, ...place }: JobPlace & { readonly folder: string }): Promise<void> {
    if (job.caches === undefined) return;
    await restoreCaches(job.caches, { caches: this.#caches, project: folder, setting: this.#settingOf(job, place) });
  }

  /** Keeps what a job has left, as far as its outcome lets it be kept. */
  async keep(
    job: CachedJob,
    { workspace, isSuccess, ...place }: JobPlace & { readonly workspace: Workspace; readonly isSuccess: boolean },
  ): Promise<void> {
    if (job.caches === undefined) return;
    const setting = this.#settingOf(job, place);
    const wishes = cachesToKeep(job.caches, isSuccess, setting);
    if (wishes.length === 0) return;
    const untracked = wishes.some((wish) => wish.untracked) ? await workspace.untracked() : [];
    const paths = wishes.flatMap((wish) => wish.paths).map(setting.expand);
    const project = await workspace.readable([...paths, ...untracked]);
    await keepCaches(wishes, { caches: this.#caches, project, untracked, setting });
  }

  #settingOf({ onOutput }: CachedJob, { environment, project }: JobPlace): CacheSetting {
    return {
      place: this.#workingCopy,
      expand: (text) => relativeTo(project, expandOnce(text, lookupIn(environment))),
      say: (line) => onOutput(Buffer.from(`${line}\n`)),
      now: this.#now(),
      maxBytes: LARGEST,
    };
  }
}
