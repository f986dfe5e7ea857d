import { createServer } from 'node:http';
import { createAdaptorServer } from '@hono/node-server';
import { Webhooks } from '@octokit/webhooks';
import { Hono } from 'hono';
import { gitRemote, type GitRemote } from './git-remote.ts';
import { githubApiRoutes, type ApiState, type Fault, type StandInStatus } from './github-api.ts';
import { githubGitRoutes } from './github-git.ts';
import { createPayload, examplePayload, pullPayload, pushPayload, type StandInPull } from './github-payloads.ts';

export { githubWebhook } from '../../src/forge/github/github-webhook.ts';

/** A webhook's delivery as it went out, or would have. */
export interface StandInDelivery {
  readonly id: string;
  readonly event: string;
  readonly body: string;
  /** Statuses of the answers that it got. */
  readonly answers: number[];
}

export interface OpenPull {
  readonly branch: string;
  readonly title?: string;
  readonly base?: string;
  readonly author?: string;
  readonly isFork?: boolean;
  readonly draft?: boolean;
  readonly number?: number;
}

const FULL = 'example-lab/stack';
const TOKEN = 'github_pat_of_the_stand_in';

/**
 * GitHub as one repository's people and servers see it: a real git repository, the API over it, and webhooks. What
 * people do is a method; what goes wrong is added to `api.faults` or said with `hook.mode`.
 */
export class GithubStandIn {
  readonly full = FULL;
  readonly token = TOKEN;
  readonly api: ApiState;
  readonly app = new Hono();
  readonly deliveries: StandInDelivery[] = [];
  /** The account that pushes and merges. */
  as = 'ada';
  /** Where deliveries go; `keep` only writes them down. */
  hook: { readonly url: string; readonly secret: string; readonly mode: 'send' | 'keep' } | undefined;
  readonly #remote: GitRemote;
  readonly #close: (() => Promise<void>)[] = [];
  #next = 1;

  constructor(remote: GitRemote) {
    this.#remote = remote;
    const pulls = new Map<number, StandInPull>();
    const hasCommit = async (sha: string) => (await this.#object(`${sha}^{commit}`)) !== undefined;
    const tip = (ref: string) => this.#object(`refs/${ref}`);
    this.api = {
      full: FULL,
      token: TOKEN,
      pulls,
      statuses: [],
      faults: [],
      requests: [],
      activities: [],
      violations: [],
      tip,
      hasCommit,
    };
    this.app.route('/', githubGitRoutes(remote.path, this));
    this.app.route('/', githubApiRoutes(this.api));
  }

  get remote(): GitRemote {
    return this.#remote;
  }

  /** Listens on a free port of this machine; gives the API's URL. */
  async listen(): Promise<string> {
    const server = createAdaptorServer({ fetch: this.app.fetch, createServer });
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    this.#close.push(() => new Promise((resolve) => void server.close(() => resolve())));
    const { port } = server.address() as { port: number };
    return `http://127.0.0.1:${port}/api/v3`;
  }

  async dispose(): Promise<void> {
    for (const close of this.#close) await close();
    await this.#remote.dispose();
  }

  fail(fault: Omit<Fault, 'times'> & { times?: number }): void {
    this.api.faults.push({ times: 1, ...fault });
  }

  /** The statuses of a commit, oldest first. */
  statuses(sha: string, context = 'slipway'): readonly StandInStatus[] {
    return this.api.statuses.filter((one) => one.sha === sha && one.context === context);
  }

  /** Commits to a branch and pushes it; pull requests from it move along. */
  async push(branch: string, files: Readonly<Record<string, string>>, from?: string): Promise<string> {
    const before = (await this.api.tip(`heads/${branch}`)) ?? '';
    const ref = `refs/heads/${branch}`;
    const after = await this.#remote.commit(ref, files, from === undefined ? undefined : `refs/heads/${from}`);
    for (const pull of this.api.pulls.values()) {
      if (pull.branch !== branch || pull.state === 'closed') continue;
      await this.#show(pull, after);
      await this.#tellPull(pull, 'synchronize');
    }
    await this.#deliver('push', this.#pushOf({ ref, before, after }));
    return after;
  }

  async openPull(options: OpenPull): Promise<StandInPull> {
    const { branch, title = `Bring ${branch}`, base = 'main', author = 'ada', isFork = false, draft = false } = options;
    const number = options.number ?? this.#next;
    this.#next = Math.max(this.#next, number) + 1;
    const pull: StandInPull = {
      number,
      title,
      base,
      author,
      branch,
      isFork,
      draft,
      state: 'open',
      merged: false,
      head: '',
    };
    await this.#show(pull, (await this.api.tip(`heads/${branch}`)) ?? '');
    // A fork's branch is in another repository: only the request's own ref shows it here.
    if (isFork) await this.#remote.remove(`refs/heads/${branch}`);
    this.api.pulls.set(number, pull);
    await this.#tellPull(pull, 'opened');
    return pull;
  }

  async closePull(number: number): Promise<void> {
    await this.#end(number, false);
  }

  async reopenPull(number: number): Promise<void> {
    const pull = this.#pull(number);
    pull.state = 'open';
    await this.#tellPull(pull, 'reopened');
  }

  /** Merges as the button does; gives the merge's SHA. */
  async mergePull(number: number): Promise<string> {
    const { base } = this.#pull(number);
    const before = (await this.api.tip(`heads/${base}`)) ?? '';
    const after = await this.#remote.merge(`refs/heads/${base}`, `refs/pull/${number}/head`);
    await this.#end(number, true);
    await this.#deliver('push', this.#pushOf({ ref: `refs/heads/${base}`, before, after }));
    return after;
  }

  /** Puts a tag with a message on a branch's tip; gives the commit's SHA. */
  async tag(name: string, branch = 'main'): Promise<string> {
    const sha = await this.#remote.tag(name, `refs/heads/${branch}`);
    const after = (await this.api.tip(`tags/${name}`)) ?? '';
    await this.#deliver('push', this.#pushOf({ ref: `refs/tags/${name}`, before: '', after }));
    await this.#deliver('create', createPayload(FULL, name));
    return sha;
  }

  async ping(): Promise<StandInDelivery> {
    return this.#deliver('ping', examplePayload('push', FULL));
  }

  /** Sends a delivery once more, as "Redeliver" does; gives the answer's status. */
  async send(delivery: StandInDelivery, signedWith = this.hook?.secret ?? ''): Promise<number> {
    const { id, event, body, answers } = delivery;
    const headers = {
      'Content-Type': 'application/json',
      'X-GitHub-Delivery': id,
      'X-GitHub-Event': event,
      'X-Hub-Signature-256': await new Webhooks({ secret: signedWith }).sign(body),
    };
    const response = await fetch(this.hook?.url ?? '', { method: 'POST', headers, body });
    await response.body?.cancel();
    answers.push(response.status);
    return response.status;
  }

  /** What GitHub says and writes down of a push by `as`; of tags it writes down nothing. */
  #pushOf(push: { ref: string; before: string; after: string }): object {
    if (push.ref.startsWith('refs/heads/')) this.api.activities.push({ ...push, actor: this.as });
    return pushPayload(FULL, { ...push, sender: this.as });
  }

  /** Shows a commit as a pull request's head, and moves the request's own ref there. */
  async #show(pull: StandInPull, sha: string): Promise<void> {
    pull.head = sha;
    await this.#remote.git('push', '--quiet', '--force', 'origin', `${sha}:refs/pull/${pull.number}/head`);
  }

  async #end(number: number, merged: boolean): Promise<void> {
    const pull = this.#pull(number);
    Object.assign(pull, { state: 'closed', merged });
    await this.#tellPull(pull, 'closed');
  }

  async #tellPull(pull: StandInPull, action: string): Promise<void> {
    const baseSha = (await this.api.tip(`heads/${pull.base}`)) ?? '';
    await this.#deliver('pull_request', pullPayload(pull, action, { full: FULL, baseSha }));
  }

  async #deliver(event: string, payload: object): Promise<StandInDelivery> {
    const delivery = {
      id: `00000000-0000-4000-8000-${String(this.deliveries.length).padStart(12, '0')}`,
      event,
      body: JSON.stringify(payload),
      answers: [],
    };
    this.deliveries.push(delivery);
    if (this.hook?.mode === 'send') await this.send(delivery);
    return delivery;
  }

  #pull(number: number): StandInPull {
    const pull = this.api.pulls.get(number);
    if (pull === undefined) throw new Error(`there is no pull request ${number}`);
    return pull;
  }

  async #object(name: string): Promise<string | undefined> {
    return this.#remote
      .git(`--git-dir=${this.#remote.path}`, 'rev-parse', '--verify', '--quiet', name)
      .catch(() => undefined);
  }
}

export async function githubStandIn(): Promise<GithubStandIn> {
  return new GithubStandIn(await gitRemote());
}
