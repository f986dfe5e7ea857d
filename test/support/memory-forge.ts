import { sha256 } from '../../src/kit/index.ts';
import type { CommitStatus, Forge, ForgeEvent, ForgeFile, PullRequest, Webhook } from '../../src/forge/index.ts';

export type Files = Readonly<Record<string, string>>;

interface Commit {
  readonly files: Files;
  readonly message: string;
  readonly branches: Set<string>;
}

/** A forge in memory: commits are what a test puts in, events what it reports; statuses are kept in their order. */
export class MemoryForge implements Forge {
  kind = 'git';
  readonly words = { forge: 'git', request: 'pull request', sign: '#' };
  webhook?: Webhook;
  /** A bare repository, for tests in which jobs fetch. */
  repository = '';
  readonly posted: CommitStatus[] = [];
  readonly kept = new Map<string, string>();
  readonly #commits = new Map<string, Commit>();
  readonly #events: ForgeEvent[] = [];
  /** A commit of the default branch, before everything else. */
  readonly base = this.push('main', { 'slipway.yaml': 'forks: run\n' }, 'Base');
  /** What the next merges end in, instead of a merge. */
  conflict: string | undefined;
  /** Set by tests of comments. */
  comment?: NonNullable<Forge['comment']>;
  /** Who pushed, by this forge's own record; it keeps none unless a test says so. */
  pusher?: NonNullable<Forge['pusher']>;
  permission?: NonNullable<Forge['permission']>;
  comments?: NonNullable<Forge['comments']>;
  /** What polls report besides events. */
  readonly refs = new Map<string, string>();

  /** A new commit on a branch; the same files are the same tree. */
  push(branch: string, files: Files, message = 'Change'): string {
    const sha = sha256(`${this.#commits.size}`).slice(0, 40);
    this.#commits.set(sha, { files, message, branches: new Set([branch]) });
    return sha;
  }

  happens(...events: readonly ForgeEvent[]): void {
    this.#events.push(...events);
  }

  request(number: string, headSha: string, more: Partial<PullRequest> = {}): ForgeEvent {
    const shared = {
      title: 'Change',
      baseBranch: 'main',
      baseSha: this.base,
      fork: false,
      author: 'Ada <ada@example.org>',
    };
    return { type: 'pull-request-updated', pullRequest: { ...shared, number, headSha, ...more } };
  }

  /** The refs that it gives only count the events, so that what was not stored is reported again. */
  async poll(known: ReadonlyMap<string, string>): ReturnType<Forge['poll']> {
    const events = this.#events.slice(Number(known.get('refs/reported') ?? 0));
    return { events, refs: new Map([...this.refs, ['refs/reported', String(this.#events.length)]]) };
  }

  async mergeForTest({ headSha }: PullRequest): Promise<{ sha: string; tree: string } | { conflict: string }> {
    if (this.conflict !== undefined) return { conflict: this.conflict };
    const { files } = this.#get(headSha);
    const sha = this.push('(merge)', files);
    return { sha, tree: treeOf(files) };
  }

  async commit(sha: string): ReturnType<Forge['commit']> {
    const { files, message } = this.#get(sha);
    return {
      sha,
      tree: treeOf(files),
      parents: [],
      title: message,
      message,
      author: 'Ada <ada@example.org>',
      date: '2026-01-01T00:00:00.000Z',
    };
  }

  async readFile(sha: string, path: string): Promise<Buffer | undefined> {
    const { files } = this.#get(sha);
    const text = Object.hasOwn(files, path) ? files[path] : undefined;
    return text === undefined ? undefined : Buffer.from(text);
  }

  async readFiles(sha: string, path: string): Promise<readonly ForgeFile[]> {
    const below = path === '' ? '' : `${path}/`;
    return Object.entries(this.#get(sha).files).flatMap(([name, text]) => {
      const file = { bytes: Buffer.from(text), executable: false };
      if (name === path) return [{ ...file, path: '' }];
      return name.startsWith(below) ? [{ ...file, path: name.slice(below.length) }] : [];
    });
  }

  async listFiles(sha: string): Promise<readonly string[]> {
    return Object.keys(this.#get(sha).files).toSorted();
  }

  /** Any commit of this forge may be compared with; names and `HEAD~1` mean nothing here. */
  async changedPaths(sha: string, from: string): Promise<readonly string[] | undefined> {
    const [before, after] = [this.#commits.get(from)?.files, this.#get(sha).files];
    if (before === undefined) return undefined;
    return Object.keys({ ...before, ...after }).filter((path) => before[path] !== after[path]);
  }

  async branchesWith(sha: string): Promise<readonly string[]> {
    return [...this.#get(sha).branches];
  }

  async keep(pipeline: string, sha: string): Promise<void> {
    this.kept.set(pipeline, sha);
  }

  async post(status: CommitStatus): Promise<void> {
    this.posted.push(status);
  }

  #get(sha: string): Commit {
    const commit = this.#commits.get(sha);
    if (commit === undefined) throw new Error(`the forge has no commit ${sha}`);
    return commit;
  }
}

function treeOf(files: Files): string {
  return sha256(JSON.stringify(files)).slice(0, 40);
}
