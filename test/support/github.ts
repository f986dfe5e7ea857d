import { Webhooks } from '@octokit/webhooks';
import { gitRemote, type GitRemote } from './git-remote.ts';
import { ForgeStandIn, type StandInDelivery, type StandInPush } from './forge-stand-in.ts';
import { githubApiRoutes } from './github-api.ts';
import { StandInApp, type StandInManifest } from './github-app.ts';
import { clickPayload, rerunPayload, saidBy, type StandInCheckRun } from './github-checks.ts';
import { GithubQueue } from './github-queue.ts';
import {
  commentPayload,
  createPayload,
  examplePayload,
  mergeGroupPayload,
  pullPayload,
  pushPayload,
} from './github-payloads.ts';
import type { StandInComment, StandInPull, StandInStatus } from './stand-in-api.ts';

export { githubWebhook } from '../../src/forge/github/github-webhook.ts';

const token = 'github_pat_of_the_stand_in';
const place = {
  full: 'example-lab/stack',
  token,
  base: '/api/v3',
  user: 'x-access-token',
  folder: 'refs/pull',
};

/** GitHub, as GitHub Enterprise Server has it: its API is below `/api/v3`. */
export class GithubStandIn extends ForgeStandIn {
  readonly githubApp: StandInApp;
  readonly queue: GithubQueue;

  constructor(remote: GitRemote) {
    super(remote, place);
    this.githubApp = new StandInApp(this.full);
    this.app.route('/', githubApiRoutes(this.api, this.githubApp));
    for (const path of ['/settings/apps/new', '/organizations/:organization/settings/apps/new'])
      this.app.post(path, async (c) => {
        const { manifest } = await c.req.parseBody<{ manifest: string }>();
        return this.githubApp.create(c, JSON.parse(manifest) as StandInManifest);
      });
    this.queue = new GithubQueue({
      remote,
      api: this.api,
      stateOf: (sha) => this.statuses(sha).at(-1)?.state,
      landed: (number, push) => this.landed(number, push),
      report: async (group, reason) => {
        const payload = mergeGroupPayload(this.full, { ...group, reason });
        await this.deliver({ event: 'merge_group', payload });
      },
    });
  }

  protected override accepts(token: string): boolean {
    return super.accepts(token) || this.githubApp.accepts(token);
  }

  async ping(): Promise<StandInDelivery> {
    return this.deliver({ event: 'ping', payload: examplePayload('push', this.full) });
  }

  /** Clicks on a check as the account that acts: one of our buttons, or GitHub's "Re-run". */
  async click(run: StandInCheckRun, button?: string): Promise<StandInDelivery> {
    const payload = clickPayload(this.full, { run, button, sender: this.as });
    return this.deliver({ event: 'check_run', payload });
  }

  /** Has all checks of a commit run again. */
  async rerunAll(sha: string): Promise<StandInDelivery> {
    return this.deliver({ event: 'check_suite', payload: rerunPayload(this.full, { sha, sender: this.as }) });
  }

  /** What people read at a commit, oldest first: its statuses and its checks. */
  override statuses(sha: string, context = 'slipway'): readonly StandInStatus[] {
    return [...super.statuses(sha, context), ...this.checks(sha, context).flatMap(saidBy)];
  }

  /** The check runs of a commit, oldest first. */
  checks(sha: string, name = 'slipway'): readonly StandInCheckRun[] {
    return this.api.checkRuns.filter((one) => one.sha === sha && one.name === name);
  }

  /** Of tags GitHub writes down nothing, and reports their creation twice. */
  protected override pushed(push: StandInPush): readonly { event: string; payload: object }[] {
    const reported = { event: 'push', payload: pushPayload(this.full, { ...push, sender: this.as }) };
    const [, tag] = /^refs\/tags\/(.+)$/.exec(push.ref) ?? [];
    if (tag !== undefined) return [reported, { event: 'create', payload: createPayload(this.full, tag) }];
    this.api.activities.push({ ...push, actor: this.as });
    return [reported];
  }

  protected override changed(pull: StandInPull, action: string, baseSha: string): { event: string; payload: object } {
    return { event: 'pull_request', payload: pullPayload(pull, action, { full: this.full, baseSha }) };
  }

  protected override commented(comment: StandInComment): { event: string; payload: object } {
    return { event: 'issue_comment', payload: commentPayload(this.full, comment) };
  }

  protected override async headersOf({ id, event, body }: StandInDelivery, secret: string) {
    return {
      'X-GitHub-Delivery': id,
      'X-GitHub-Event': event,
      'X-Hub-Signature-256': await new Webhooks({ secret }).sign(body),
    };
  }
}

export async function githubStandIn(): Promise<GithubStandIn> {
  return new GithubStandIn(await gitRemote());
}
