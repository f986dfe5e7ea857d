import { join } from 'node:path';

/** Paths below the data folder. */
export type DataFolder = ReturnType<typeof dataFolder>;

export function dataFolder(root: string) {
  return {
    root,
    database: join(root, 'slipway.db'),
    /** Who did what: see `src/audit`. */
    audit: join(root, 'audit'),
    /** Log and artifacts of a job run. */
    job: (id: string) => join(root, 'jobs', id),
    log: (job: string) => join(root, 'jobs', job, 'trace.log'),
    /** Stacks, authors and pull requests that are blocked. */
    blocks: join(root, 'blocks.json'),
    /** The bare copy of a stack's repository. */
    repository: (stack: string) => join(root, 'repositories', `${stack}.git`),
    mirror: (stack: string) => join(root, 'mirrors', stack),
    /** Locks by digest: what the server recorded, not what a job may claim later. */
    lock: (digest: string) => join(root, 'locks', `${digest}.json`),
    /** Texts from outside of repositories that pipelines included, by digest. */
    includes: join(root, 'includes'),
    /** OCI layouts that the server publishes to, and serves. */
    images: join(root, 'images'),
    /** Layers that were made, and facts about layers: kept within `limits`, and made again if removed. */
    imageWork: join(root, 'image-work'),
    /** The embedded runner's workspaces and its journal of processes. */
    runner: join(root, 'runner'),
    keys: join(root, 'keys'),
    /** Keys and logs of the notary that the server starts: the server reads nothing here. */
    notary: join(root, 'notary'),
    temporary: join(root, 'temporary'),
  } as const;
}
