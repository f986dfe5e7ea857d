import { Webhooks } from '@octokit/webhooks';
import { pushPayload } from './github-payloads.ts';

/** A delivery of GitHub's webhook, as a request. */
export interface SignedDelivery {
  readonly ref: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Pushes of as many tags to one commit, each as the delivery that reports it. */
export async function signedDeliveries(
  count: number,
  { full, sha, secret }: { readonly full: string; readonly sha: string; readonly secret: string },
): Promise<readonly SignedDelivery[]> {
  const webhooks = new Webhooks({ secret });
  const payload = JSON.stringify(
    pushPayload(full, { ref: 'refs/tags/THE-TAG', before: '', after: sha, sender: 'ada' }),
  );
  const all: SignedDelivery[] = [];
  for (let index = 0; index < count; index += 1) {
    const tag = `rev-${index}`;
    const body = payload.replaceAll('THE-TAG', tag);
    const headers = {
      'Content-Type': 'application/json',
      'X-GitHub-Delivery': `delivery-${index}`,
      'X-GitHub-Event': 'push',
      'X-Hub-Signature-256': await webhooks.sign(body),
    };
    all.push({ ref: `refs/tags/${tag}`, headers, body });
  }
  return all;
}
