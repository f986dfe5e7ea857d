import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { SlipwayError, certificateHint, messageOf, type Secret } from '../kit/index.ts';
import { clientError } from './errors.ts';

export interface ServerAccess {
  readonly url: string;
  readonly token?: Secret;
}

/** Sends a request and returns the server's JSON. Throws the error that the server answers with. */
export async function requestJson<Answer>(
  { url, token }: ServerAccess,
  path: string,
  options: { body?: unknown; signal?: AbortSignal } = {},
): Promise<Answer> {
  const { body, signal } = options;
  const address = `${url.replace(/\/$/, '')}${path}`;
  const headers = {
    accept: 'application/json',
    ...(token === undefined ? {} : { authorization: `Bearer ${token.reveal()}` }),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  };
  const method = body === undefined ? 'GET' : 'POST';
  const response = await fetch(address, { method, headers, body: JSON.stringify(body), signal }).catch(
    (error: unknown) => {
      throw unreachable(url, error);
    },
  );
  const text = await response.text();
  if (!response.ok) throw refusal(address, response.status, text);
  return JSON.parse(text) as Answer;
}

/** Writes the answer to a request into a file. Throws like `requestJson`. */
export async function download(
  { url, token }: ServerAccess,
  path: string,
  { file, signal }: { file: string; signal?: AbortSignal },
): Promise<void> {
  const address = `${url.replace(/\/$/, '')}${path}`;
  const authorization = token === undefined ? {} : { headers: { authorization: `Bearer ${token.reveal()}` } };
  const response = await fetch(address, { ...authorization, signal }).catch((error: unknown) => {
    throw unreachable(url, error);
  });
  if (!response.ok) throw refusal(address, response.status, await response.text());
  const body = response.body === null ? Readable.from([]) : Readable.fromWeb(response.body);
  await pipeline(body, createWriteStream(file));
}

/** Returns the server's own error; for the answer of another program, one of ours. */
function refusal(url: string, status: number, text: string): SlipwayError {
  const { code, message, hint } = problemOf(text);
  if (code === undefined)
    return clientError('CLIENT_SERVER_REFUSED', { url, status, reason: message }, hint === undefined ? {} : { hint });
  return new SlipwayError(code, { message: `\`${url}\` answered ${status}: ${message}`, hint, status, exitCode: 1 });
}

function problemOf(text: string): { code?: string; message: string; hint?: string } {
  try {
    const { code, message, hint } = JSON.parse(text) as Record<string, unknown>;
    const own = typeof code === 'string' && /^[A-Z][A-Z0-9_]+$/.test(code) ? { code } : {};
    if (typeof message === 'string') return { ...own, message, ...(typeof hint === 'string' ? { hint } : {}) };
  } catch {
    // Not from our server: a proxy, perhaps. Its first words are all there is.
  }
  return { message: text.slice(0, 200) };
}

function unreachable(url: string, error: unknown) {
  const cause = error instanceof Error ? error.cause : undefined;
  const options = { cause: error, ...certificateHint(error) };
  return clientError('CLIENT_SERVER_UNREACHABLE', { url, reason: messageOf(cause ?? error) }, options);
}
