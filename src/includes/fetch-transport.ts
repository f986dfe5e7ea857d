import { messageOf, readLimited } from '../kit/index.ts';
import { includeError } from './errors.ts';
import type { Transport } from './transport.ts';

/** Requests with the `fetch` of Node.js, for a user on their own machine: any address is connected to. */
export const fetchTransport: Transport = async ({ url, headers, maxBytes, signal }) => {
  const tooLarge = () =>
    includeError('INCLUDE_TOO_LARGE', { what: `\`${url.origin}${url.pathname}\``, limit: maxBytes });
  try {
    const answer = await fetch(url, { headers, signal, redirect: 'manual' });
    const body = answer.body === null ? Buffer.alloc(0) : await readLimited(answer.body, maxBytes, tooLarge);
    return { status: answer.status, headers: answer.headers, body };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const reason = messageOf(error.cause ?? error);
    throw includeError('INCLUDE_UNREACHABLE', { host: url.hostname, reason }, { cause: error });
  }
};
