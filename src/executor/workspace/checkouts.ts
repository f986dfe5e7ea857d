import { lstatSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gitAddress, sha256 } from '../../kit/index.ts';
import type { JobResponse } from '../../protocol/index.ts';
import type { Environment, JobShell } from '../shells/job-shell.ts';
import { checkoutCommands, credentials } from './git-sources.ts';
import { listTree } from './list-files.ts';
import { submoduleStrategy } from './submodules.ts';
import type { Tree } from './tree-copy.ts';

interface CheckoutsOptions {
  /** Belongs to the checkouts alone; emptied at first use. */
  readonly folder: string;
  /** Of all checkouts together; the ones not used for longest go first. */
  readonly maxBytes: number;
  readonly maxCount: number;
}

export interface CheckoutRequest {
  readonly job: JobResponse;
  /** Environment without variables of any job. */
  readonly environment: Environment;
  /** Returns a shell that starts in a folder, outside of any job. */
  readonly shellIn: (folder: string) => JobShell;
  readonly signal: AbortSignal;
}

interface Checkout extends Tree {
  readonly bytes: number;
}

/** Variables of a job with which git would do the same. */
const HARMLESS = /^GIT_(?:DEPTH|STRATEGY|CLEAN_FLAGS|SUBMODULE_(?:STRATEGY|DEPTH|PATHS))$/;
/** What git makes again when it needs it, or what belongs to one pipeline. */
const UNNEEDED = [
  'FETCH_HEAD',
  'ORIG_HEAD',
  'logs',
  'info',
  'objects/info',
  'refs/heads',
  'refs/tags',
  'refs/pipelines',
];
const PIPELINE_REF = /^\+?[^:+]+:(refs\/pipelines\/\d+)$/;

/**
 * Commits that are checked out once and copied into the workspaces of many jobs. Nothing that a job configures takes
 * part in making them, and none of its credentials is in them, so jobs of any trust may share one.
 */
export class Checkouts {
  readonly #options: CheckoutsOptions;
  /** Least recently used first. */
  readonly #known = new Map<string, { readonly made: Promise<Checkout | undefined>; users: number }>();
  #emptied: Promise<void> | undefined;
  #count = 0;

  constructor(options: CheckoutsOptions) {
    this.#options = options;
  }

  /**
   * Gives the files of the job's commit, the repository included, to `lay`. Returns false, and does nothing, where the
   * job must get its sources by itself.
   */
  async lay(request: CheckoutRequest, lay: (tree: Tree) => Promise<void>): Promise<boolean> {
    const key = keyOf(request.job);
    if (key === undefined) return false;
    const known = this.#known.get(key) ?? { made: this.#make(key, request).catch(() => undefined), users: 0 };
    this.#known.delete(key);
    this.#known.set(key, known);
    known.users += 1;
    try {
      const checkout = await known.made;
      if (checkout !== undefined) await lay(checkout);
      // Another job may succeed, for this one may have been canceled.
      else if (this.#known.get(key) === known) this.#known.delete(key);
      return checkout !== undefined;
    } finally {
      known.users -= 1;
      await this.#limit();
    }
  }

  /** Adds to a copy what is this job's own: its credentials, and the ref of its pipeline. */
  async personalize(project: string, { git_info: info }: JobResponse): Promise<void> {
    const git = join(project, '.git');
    const ref = PIPELINE_REF.exec(info.refspecs?.[0] ?? '')?.[1] ?? '';
    const config = await readFile(join(git, 'config'), 'utf8');
    await writeFile(join(git, 'config'), config + credentials(info.repo_url ?? ''));
    await mkdir(dirname(join(git, ref)), { recursive: true });
    await writeFile(join(git, ref), `${info.sha}\n`);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#known.values()].map(({ made }) => made));
    await rm(this.#options.folder, { recursive: true, force: true });
  }

  async #make(key: string, { job, environment, shellIn, signal }: CheckoutRequest): Promise<Checkout | undefined> {
    const { folder } = this.#options;
    this.#emptied ??= rm(folder, { recursive: true, force: true });
    await this.#emptied;
    const project = join(folder, `${key.slice(0, 16)}-${(this.#count += 1)}`);
    await mkdir(project, { recursive: true, mode: 0o700 });
    const own = { ...environment, ...gitAddress(job.git_info.repo_url ?? '').environment };
    const settings = { HOME: folder, GIT_TERMINAL_PROMPT: '0' };
    const code = await shellIn(project).run({
      commands: checkoutCommands(job, project),
      isShown: false,
      environment: { ...own, ...settings },
      onOutput: () => undefined,
      signal,
    });
    if (code !== 0) {
      await rm(project, { recursive: true, force: true });
      return undefined;
    }
    for (const name of UNNEEDED) await rm(join(project, '.git', name), { recursive: true, force: true });
    const files = listTree(project);
    const bytes = files.paths.reduce((sum, path) => sum + lstatSync(join(project, path)).size, 0);
    return { folder: project, ...files, bytes };
  }

  /** Removes checkouts that no job copies and that were not used for longest, as far as there are too many. */
  async #limit(): Promise<void> {
    const { maxBytes, maxCount } = this.#options;
    const idle = [...this.#known].filter(([, { users }]) => users === 0);
    const sizes = await Promise.all(idle.map(async ([key, { made }]) => ({ key, checkout: await made })));
    let bytes = sizes.reduce((sum, { checkout }) => sum + (checkout?.bytes ?? 0), 0);
    for (const { key, checkout } of sizes.slice(0, -1)) {
      if (bytes <= maxBytes && this.#known.size <= maxCount) return;
      if (this.#known.get(key)?.users !== 0) continue;
      this.#known.delete(key);
      bytes -= checkout?.bytes ?? 0;
      if (checkout !== undefined) await rm(checkout.folder, { recursive: true, force: true });
    }
  }
}

/** What a checkout is the same for; undefined for jobs that configure git or what git does. */
function keyOf({ git_info: info, allow_git_fetch: mayReuse, hooks, variables }: JobResponse): string | undefined {
  const { repo_url: url, sha = '', depth, refspecs = [] } = info;
  const isPlain = variables.every(({ key }) => !key.startsWith('GIT_') || HARMLESS.test(key));
  const hasSubmodules = submoduleStrategy((name) => variables.findLast(({ key }) => key === name)?.value) !== undefined;
  const isKnown = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(sha) && refspecs?.length === 1;
  if (url === undefined || !isKnown || !mayReuse || !isPlain || hasSubmodules || hooks.length > 0) return undefined;
  if (!PIPELINE_REF.test(refspecs[0] ?? '')) return undefined;
  return sha256(JSON.stringify([gitAddress(url).url, sha, depth ?? 0]));
}
