import { Webhooks } from '@octokit/webhooks';
import { gitRemote, type GitRemote } from './git-remote.ts';
import { ForgeStandIn, type StandInDelivery, type StandInPush } from './forge-stand-in.ts';
import { githubApiRoutes } from './github-api.ts';
import { StandInApp } from './github-app.ts';
import { createPayload, examplePayload, pullPayload, pushPayload } from './github-payloads.ts';
import type { StandInPull } from './stand-in-api.ts';

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

  constructor(remote: GitRemote) {
    super(remote, place);
    this.githubApp = new StandInApp(this.full);
    this.app.route('/', githubApiRoutes(this.api, this.githubApp));
  }

  protected override accepts(token: string): boolean {
    return super.accepts(token) || this.githubApp.accepts(token);
  }

  async ping(): Promise<StandInDelivery> {
    return this.deliver({ event: 'ping', payload: examplePayload('push', this.full) });
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
