import type { StandInPush } from './forge-stand-in.ts';
import type { GitRemote } from './git-remote.ts';
import type { StandInGroup } from './github-payloads.ts';
import type { ApiState } from './stand-in-api.ts';

interface QueueParts {
  readonly remote: GitRemote;
  readonly api: ApiState;
  /** Returns the last state of the required status or check of a commit. */
  readonly stateOf: (sha: string) => string | undefined;
  /** Reports a group that is to be tested, or is gone for a reason. */
  report(group: StandInGroup, reason?: string): Promise<void>;
  /** Ends a request whose commit a branch has got. */
  landed(number: number, push: StandInPush): Promise<void>;
}

interface Entry {
  readonly number: number;
  readonly group: StandInGroup;
}

/**
 * GitHub's merge queue: each request's commit is made on that of the request before, in a branch of its own. A group
 * that passes becomes the tip of its base; one that fails is thrown out, and those after it are made again.
 */
export class GithubQueue {
  readonly #parts: QueueParts;
  #entries: Entry[] = [];

  constructor(parts: QueueParts) {
    this.#parts = parts;
  }

  /** The commits that are in the queue, the next one first. */
  get commits(): readonly string[] {
    return this.#entries.map(({ group }) => group.head_sha);
  }

  /** Puts a request at the end, as "Merge when ready" does; gives the SHA of its group. */
  async add(number: number): Promise<string> {
    const { remote, api } = this.#parts;
    const base = api.pulls.get(number)?.base ?? 'main';
    const tip = (await api.tip(`heads/${base}`)) ?? '';
    const parent = this.commits.at(-1) ?? tip;
    await remote.move('refs/work/queue', parent);
    const head_sha = await remote.merge('refs/work/queue', `refs/pull/${number}/head`);
    const head_ref = `refs/heads/gh-readonly-queue/${base}/pr-${number}-${parent}`;
    await remote.move(head_ref, head_sha);
    const group = { head_sha, head_ref, base_sha: parent, base_ref: `refs/heads/${base}` };
    this.#entries.push({ number, group });
    await this.#parts.report(group);
    return head_sha;
  }

  /** Does with the first group what its status asks for; nothing while that is pending. */
  async advance(): Promise<void> {
    const [first] = this.#entries;
    const { remote, api, stateOf } = this.#parts;
    const state = first && stateOf(first.group.head_sha);
    if (first === undefined || state === undefined || state === 'pending') return;
    if (state !== 'success') return this.remove(first.number);
    const { head_sha: after, head_ref, base_ref: ref } = first.group;
    const before = (await api.tip(ref.replace('refs/', ''))) ?? '';
    await remote.move(ref, after);
    await remote.remove(head_ref);
    this.#entries.shift();
    await this.#parts.landed(first.number, { ref, before, after });
    await this.#parts.report(first.group, 'merged');
  }

  /** Throws a request out, and makes what came after it again. */
  async remove(number: number): Promise<void> {
    const index = this.#entries.findIndex((one) => one.number === number);
    const gone = this.#entries.slice(index);
    this.#entries = this.#entries.slice(0, index);
    for (const { group } of gone) await this.#parts.remote.remove(group.head_ref);
    for (const one of gone) await this.#parts.report(one.group, one.number === number ? 'dequeued' : 'invalidated');
    for (const one of gone.slice(1)) await this.add(one.number);
  }
}
