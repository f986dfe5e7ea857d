import { createHmac } from 'node:crypto';
import { ForgeStandIn, type StandInDelivery, type StandInPush } from './forge-stand-in.ts';
import { gitRemote, type GitRemote } from './git-remote.ts';
import { gitlabApiRoutes, type GitlabState } from './gitlab-api.ts';
import { gitlabPushPayload, mergeRequestPayload, notePayload } from './gitlab-payloads.ts';
import type { StandInComment, StandInPull } from './stand-in-api.ts';

const token = 'glpat-of-the-stand-in';
const place = {
  full: 'example-group/lab/stack',
  token,
  base: '/api/v4',
  user: 'slipway',
  folder: 'refs/merge-requests',
};

/** A GitLab of one project. */
export class GitlabStandIn extends ForgeStandIn {
  declare readonly api: GitlabState;

  constructor(remote: GitRemote) {
    super(remote, place);
    Object.assign(this.api, { mostJobs: 1000 });
    this.app.route('/', gitlabApiRoutes(this.api));
  }

  /** Adds a merge request to the train of `main`; gives the SHA of the commit that GitLab makes for it. */
  async addToTrain(number: number): Promise<string> {
    const train = (this.api.train ??= []);
    const parent = train.at(-1)?.sha ?? (await this.api.tip('heads/main')) ?? '';
    const ref = `refs/merge-requests/${number}/train`;
    await this.remote.move(ref, parent);
    const sha = await this.remote.merge(ref, `refs/merge-requests/${number}/head`);
    train.push({ number, sha });
    return sha;
  }

  /** GitLab records pushes of branches and of tags. */
  protected override pushed(push: StandInPush): readonly { event: string; payload: object }[] {
    this.api.activities.push({ ...push, actor: this.as });
    const event = push.ref.startsWith('refs/tags/') ? 'Tag Push Hook' : 'Push Hook';
    return [{ event, payload: gitlabPushPayload(this.full, { ...push, user: this.as }) }];
  }

  protected override changed(pull: StandInPull, action: string): { event: string; payload: object } {
    return { event: 'Merge Request Hook', payload: mergeRequestPayload(pull, action, this.full) };
  }

  protected override commented({ request, author, body }: StandInComment): { event: string; payload: object } {
    return { event: 'Note Hook', payload: notePayload({ full: this.full, request, author, body }) };
  }

  protected override async headersOf({ id, event, body }: StandInDelivery, secret: string) {
    const time = String(Math.floor(Date.now() / 1000));
    const headers = { 'X-Gitlab-Event': event, 'X-Gitlab-Event-UUID': id, 'Idempotency-Key': id };
    const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
    const sign = () => `v1,${createHmac('sha256', key).update(`${id}.${time}.${body}`).digest('base64')}`;
    return {
      ...headers,
      'webhook-id': id,
      'webhook-timestamp': time,
      ...(secret.startsWith('whsec_') ? { 'webhook-signature': sign() } : { 'X-Gitlab-Token': secret }),
    };
  }
}

export async function gitlabStandIn(): Promise<GitlabStandIn> {
  return new GitlabStandIn(await gitRemote());
}
