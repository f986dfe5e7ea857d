import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { createAdaptorServer } from '@hono/node-server';
import { Hono } from 'hono';
import type { GitRemote } from './git-remote.ts';
import {
  lag,
  type ApiState,
  type Fault,
  type StandInComment,
  type StandInPull,
  type StandInStatus,
} from './stand-in-api.ts';
import { standInGitRoutes } from './stand-in-git.ts';

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
  readonly labels?: readonly string[];
  readonly number?: number;
}

/** A move of a ref; `before` is empty for a new one. */
export interface StandInPush {
  readonly ref: string;
  readonly before: string;
  readonly after: string;
}

interface Place {
  readonly full: string;
  readonly token: string;
  /** Path of the API on this machine. */
  readonly base: string;
  /** Name that git fetches with, beside a token. */
  readonly user: string;
  /** Folder of the refs of requests: `refs/pull`. */
  readonly folder: string;
}

/**
 * A forge as one repository's people and servers see it: a real git repository, the API over it, and webhooks. What
 * people do is a method; what goes wrong is added to `api.faults` or said with `hook.mode`.
 */
export abstract class ForgeStandIn {
  readonly full: string;
  readonly token: string;
  readonly api: ApiState;
  readonly app = new Hono();
  readonly deliveries: StandInDelivery[] = [];
  readonly remote: GitRemote;
  /** The account that pushes and merges. */
  as = 'ada';
  /** Where deliveries go; `keep` only writes them down. */
  hook: { readonly url: string; readonly secret: string; readonly mode: 'send' | 'keep' } | undefined;
  readonly #place: Place;
  readonly #close: (() => Promise<void>)[] = [];
  #next = 1;

  constructor(remote: GitRemote, place: Place) {
    this.remote = remote;
    this.#place = place;
    const { full, token } = place;
    this.full = full;
    this.token = token;
    const pulls = new Map<number, StandInPull>();
    const hasCommit = async (sha: string) => (await this.#object(`${sha}^{commit}`)) !== undefined;
    const tip = (ref: string) => this.#tip(ref);
    const shown = { statuses: [], checkRuns: [], comments: [], roles: new Map<string, string>() };
    const lists = { ...shown, faults: [], requests: [], activities: [], violations: [] };
    const accepts = (candidate: string) => this.accepts(candidate);
    this.api = { full, accepts, pulls, ...lists, tip, hasCommit };
    const isLogin = (login: string) =>
      login.startsWith(`${place.user}:`) && accepts(login.slice(place.user.length + 1));
    this.app.route('/', standInGitRoutes(remote.path, { full, accepts: isLogin }));
  }

  /** Whether this is a token that the forge accepts now. */
  protected accepts(token: string): boolean {
    return token === this.token;
  }

  /** The events by which the forge reports a push, which is written down where the forge does that. */
  protected abstract pushed(push: StandInPush): readonly { event: string; payload: object }[];
  /** The event by which the forge reports a change of a request. */
  protected abstract changed(pull: StandInPull, action: string, baseSha: string): { event: string; payload: object };
  /** The event by which the forge reports a comment. */
  protected abstract commented(comment: StandInComment): { event: string; payload: object };
  /** Headers of a delivery. */
  protected abstract headersOf(delivery: StandInDelivery, secret: string): Promise<Record<string, string>>;

  /** Listens on a free port of this machine; gives the API's URL. */
  async listen(): Promise<string> {
    const server = createAdaptorServer({ fetch: this.app.fetch, createServer });
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    this.#close.push(() => new Promise((resolve) => void server.close(() => resolve())));
    const { port } = server.address() as { port: number };
    return `http://127.0.0.1:${port}${this.#place.base}`;
  }

  async dispose(): Promise<void> {
    for (const close of this.#close) await close();
    await this.remote.dispose();
  }

  fail(fault: Omit<Fault, 'times'> & { times?: number }): void {
    this.api.faults.push({ times: 1, ...fault });
  }

  /** Lists of requests and comments show what is there now, until they catch up. */
  lag(): void {
    lag(this.api);
  }

  catchUp(): void {
    delete this.api.stale;
  }

  /** The statuses of a commit, oldest first. */
  statuses(sha: string, context = 'slipway'): readonly StandInStatus[] {
    return this.api.statuses.filter((one) => one.sha === sha && one.context === context);
  }

  /** The text of the comment of ours on a request; undefined if there is none, and an error if there are several. */
  comment(number: number): string | undefined {
    const own = this.api.comments.filter(({ request, author }) => request === number && author === 'us');
    if (own.length > 1) throw new Error(`there are ${own.length} comments of ours`);
    return own[0]?.body;
  }

  /** Lets an account comment on a request; returns the id. */
  async say(request: number, author: string, body: string): Promise<number> {
    const id = Math.max(0, ...this.api.comments.map((one) => one.id)) + 1;
    const comment = { id, request, author, body, at: new Date().toISOString() };
    this.api.comments.push(comment);
    await this.deliver(this.commented(comment));
    return id;
  }

  /** Lets someone who may change a comment, a while after it was written. */
  edit(id: number, body: string): void {
    const comment = this.api.comments.find((one) => one.id === id);
    if (comment === undefined) throw new Error(`there is no comment ${id}`);
    Object.assign(comment, { body, editedAt: new Date(Date.parse(comment.at ?? '') + 60_000).toISOString() });
  }

  /** Commits to a branch and pushes it; requests from it move along. */
  async push(branch: string, files: Readonly<Record<string, string>>, from?: string): Promise<string> {
    const before = (await this.api.tip(`heads/${branch}`)) ?? '';
    const ref = `refs/heads/${branch}`;
    const after = await this.remote.commit(ref, files, from === undefined ? undefined : `refs/heads/${from}`);
    for (const pull of this.api.pulls.values()) {
      if (pull.branch !== branch || pull.state === 'closed') continue;
      await this.#show(pull, after);
      await this.#tellPull(pull, 'synchronize');
    }
    await this.#tellPush({ ref, before, after });
    return after;
  }

  async openPull(options: OpenPull): Promise<StandInPull> {
    const { branch, title = `Bring ${branch}`, base = 'main', author = 'ada', isFork = false, draft = false } = options;
    const number = options.number ?? this.#next;
    this.#next = Math.max(this.#next, number) + 1;
    const made = { number, title, base, author, branch, isFork, draft, labels: options.labels ?? [] };
    const pull: StandInPull = { ...made, state: 'open', merged: false, head: '' };
    await this.#show(pull, (await this.api.tip(`heads/${branch}`)) ?? '');
    // A fork's branch is in another repository: only the request's own ref shows it here.
    if (isFork) await this.remote.remove(`refs/heads/${branch}`);
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
    const ref = `refs/heads/${base}`;
    const before = (await this.api.tip(`heads/${base}`)) ?? '';
    const after = await this.remote.merge(ref, this.#headRef(number));
    await this.landed(number, { ref, before, after });
    return after;
  }

  /** A branch has a request now: the request is over. */
  protected async landed(number: number, push: StandInPush): Promise<void> {
    await this.#end(number, true, push.after);
    await this.#tellPush(push);
  }

  /** Puts a tag with a message on a branch's tip; gives the commit's SHA. */
  async tag(name: string, branch = 'main'): Promise<string> {
    const sha = await this.remote.tag(name, `refs/heads/${branch}`);
    const after = (await this.api.tip(`tags/${name}`)) ?? '';
    await this.#tellPush({ ref: `refs/tags/${name}`, before: '', after });
    return sha;
  }

  /** Sends a delivery once more, as "Redeliver" does; gives the answer's status. */
  async send(delivery: StandInDelivery, signedWith = this.hook?.secret ?? ''): Promise<number> {
    const headers = { 'Content-Type': 'application/json', ...(await this.headersOf(delivery, signedWith)) };
    const response = await fetch(this.hook?.url ?? '', { method: 'POST', headers, body: delivery.body });
    await response.body?.cancel();
    delivery.answers.push(response.status);
    return response.status;
  }

  protected async deliver({ event, payload }: { event: string; payload: object }): Promise<StandInDelivery> {
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

  async #tellPush(push: StandInPush): Promise<void> {
    for (const event of this.pushed(push)) await this.deliver(event);
  }

  async #tellPull(pull: StandInPull, action: string): Promise<void> {
    const baseSha = (await this.api.tip(`heads/${pull.base}`)) ?? '';
    await this.deliver(this.changed(pull, action, baseSha));
  }

  #headRef(number: number): string {
    return `${this.#place.folder}/${number}/head`;
  }

  /** Shows a commit as a request's head, and moves the request's own ref there. */
  async #show(pull: StandInPull, sha: string): Promise<void> {
    pull.head = sha;
    await this.remote.move(this.#headRef(pull.number), sha);
  }

  async #end(number: number, merged: boolean, mergeSha?: string): Promise<void> {
    const pull = this.#pull(number);
    Object.assign(pull, { state: 'closed', merged, mergeSha });
    await this.#tellPull(pull, 'closed');
  }

  #pull(number: number): StandInPull {
    const pull = this.api.pulls.get(number);
    if (pull === undefined) throw new Error(`there is no request ${number}`);
    return pull;
  }

  /** Reads the file of a ref, since each list asks for many. Nothing packs the refs of this repository. */
  async #tip(ref: string): Promise<string | undefined> {
    const text = await readFile(join(this.remote.path, 'refs', ref), 'utf8').catch(() => undefined);
    return text?.trim();
  }

  async #object(name: string): Promise<string | undefined> {
    return this.remote
      .git(`--git-dir=${this.remote.path}`, 'rev-parse', '--verify', '--quiet', name)
      .catch(() => undefined);
  }
}
