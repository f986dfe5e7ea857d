import { messageOf } from '../../kit/index.ts';
import { forgeError } from '../errors.ts';

const TIMEOUT_MS = 10_000;

export interface NotifyOptions {
  /** The server's base URL. */
  readonly url: string;
  readonly stack: string;
  readonly fetch?: typeof fetch;
}

/** Tells a server that a stack's remote has changed; it then polls. Throws FORGE_NOTIFY_FAILED. */
export async function notifyServer({ url, stack, fetch: send = fetch }: NotifyOptions): Promise<void> {
  const target = `${url.replace(/\/+$/, '')}/hooks/git/${encodeURIComponent(stack)}`;
  let response: Response;
  try {
    response = await send(target, { method: 'POST', signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch (error) {
    throw forgeError(
      'FORGE_NOTIFY_FAILED',
      { url, reason: messageOf((error as Error).cause ?? error) },
      { cause: error },
    );
  }
  await response.body?.cancel();
  if (!response.ok) throw forgeError('FORGE_NOTIFY_FAILED', { url, reason: `it answered ${response.status}` });
}
