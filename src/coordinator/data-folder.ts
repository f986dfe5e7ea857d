import { join } from 'node:path';

/** Where things lie below the data folder. */
export interface DataFolder {
  readonly root: string;
  readonly database: string;
  /** Logs and artifacts of a job run. */
  job(id: string): string;
  /** The bare copy of a stack's repository. */
  repository(stack: string): string;
  mirror(stack: string): string;
  /** Locks by digest: what the server recorded, not what a job may claim later. */
  lock(digest: string): string;
  /** OCI layouts that the server publishes to, and serves. */
  readonly images: string;
  /**
   * Layers that had to be made, and what is known of layers: may be removed, and is made again; kept within `limits`.
   */
  readonly imageWork: string;
  /** The embedded runner's workspaces and its journal of processes. */
  readonly runner: string;
  readonly keys: string;
  /** Keys and logs of the notary that the server starts: nothing here is read by the server. */
  readonly notary: string;
  readonly temporary: string;
}

export function dataFolder(root: string): DataFolder {
  return {
    root,
    database: join(root, 'slipway.db'),
    job: (id) => join(root, 'jobs', id),
    repository: (stack) => join(root, 'repositories', `${stack}.git`),
    mirror: (stack) => join(root, 'mirrors', stack),
    lock: (digest) => join(root, 'locks', `${digest}.json`),
    images: join(root, 'images'),
    imageWork: join(root, 'image-work'),
    runner: join(root, 'runner'),
    keys: join(root, 'keys'),
    notary: join(root, 'notary'),
    temporary: join(root, 'temporary'),
  };
}
