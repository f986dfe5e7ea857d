import { messageOf, type Secret } from '../../kit/index.ts';
import { forgeError } from '../errors.ts';
import type { Actor, Push } from '../forge-event.ts';

const TIMEOUT_MS = 60_000;

export interface NotifyOptions {
  /** The server's base URL. */
  readonly url: string;
  readonly stack: string;
  /** Who pushed what, with the token that proves it to the server. */
  readonly sender?: { readonly token: Secret; readonly actor: Actor; readonly pushes: readonly Omit<Push, 'actor'>[] };
  readonly fetch?: typeof fetch;
}

/** Notifies a server of a push to a stack's remote, so that it polls. Throws FORGE_NOTIFY_FAILED. */
export async function notifyServer({ url, stack, sender, fetch: send = fetch }: NotifyOptions): Promise<void> {
  const target = `${url.replace(/\/+$/, '')}/hooks/git/${encodeURIComponent(stack)}`;
  const notify = async (more: RequestInit): Promise<Response> => {
    const response = await send(target, { method: 'POST', signal: AbortSignal.timeout(TIMEOUT_MS), ...more }).catch(
      (error: unknown) => {
        const reason = messageOf((error as Error).cause ?? error);
        throw forgeError('FORGE_NOTIFY_FAILED', { url, reason }, { cause: error });
      },
    );
    await response.body?.cancel();
    return response;
  };
  const first = await notify(sender === undefined ? {} : signedBy(sender));
  if (first.ok) return;
  // The server polls without knowing the sender.
  const isWoken = sender !== undefined && (await notify({})).ok;
  const reason = `it answered ${first.status}${isWoken ? ' to who pushed, and was woken without that' : ''}`;
  throw forgeError('FORGE_NOTIFY_FAILED', { url, reason });
}

function signedBy({ token, actor, pushes }: NonNullable<NotifyOptions['sender']>): RequestInit {
  const headers = { authorization: `Bearer ${token.reveal()}`, 'content-type': 'application/json' };
  return { headers, body: JSON.stringify({ actor, pushes }) };
}
