import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { SlipwayError, certificateHint, messageOf, type Secret } from '../kit/index.ts';
import { Problem } from '../protocol/index.ts';
import { clientError } from './errors.ts';

export interface ServerAccess {
  readonly url: string;
  readonly token?: Secret;
  /** Called with a line for each answer. */
  readonly note?: (line: string) => void;
  /** Aborts requests. */
  readonly signal?: AbortSignal;
}

/** Sends a request, and returns the server's JSON. A body makes it a POST. Throws the error that the server answers. */
export async function requestJson<Answer>(server: ServerAccess, path: string, body?: unknown): Promise<Answer> {
  const response = await send(server, path, body);
  return (await response.json()) as Answer;
}

/** Replaces something by a PUT, and returns the server's JSON. Throws like `requestJson`. */
export async function putJson<Answer>(server: ServerAccess, path: string, body: unknown): Promise<Answer> {
  const headers = { accept: 'application/json', 'content-type': 'application/json' };
  const response = await sendRequest(server, path, { method: 'PUT', headers, body: JSON.stringify(body) });
  if (!response.ok) throw await refusal(response);
  return (await response.json()) as Answer;
}

/** Writes the answer to a request into a file. Throws like `requestJson`. */
export async function download(server: ServerAccess, path: string, file: string): Promise<void> {
  const { body } = await send(server, path);
  await pipeline(body === null ? Readable.from([]) : Readable.fromWeb(body), createWriteStream(file));
}

/** Sends a request, and returns the answer if it is a success. Throws like `requestJson`. */
export async function send(server: ServerAccess, path: string, body?: unknown): Promise<Response> {
  const response = await sendRequest(server, path, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw await refusal(response);
  return response;
}

/** Sends a request with the token. Throws CLIENT_SERVER_UNREACHABLE; the answer may be an error of the server. */
export async function sendRequest(
  { url, token, signal, note }: ServerAccess,
  path: string,
  { headers, ...init }: RequestInit = {},
): Promise<Response> {
  const since = performance.now();
  const sent = new Headers(headers);
  if (token !== undefined) sent.set('authorization', `Bearer ${token.reveal()}`);
  const address = `${url.replace(/\/$/, '')}${path}`;
  const response = await fetch(address, { ...init, headers: sent, signal }).catch((error: unknown) => {
    throw unreachable(url, error);
  });
  note?.(`${init.method ?? 'GET'} ${address}: ${response.status} after ${Math.round(performance.now() - since)} ms`);
  return response;
}

/** Returns the server's own error; for the answer of another program, one of ours. */
export async function refusal(response: Response): Promise<SlipwayError> {
  const { url, status } = response;
  const { code, message, hint } = problemOf(await response.text());
  if (code === undefined) return clientError('CLIENT_SERVER_REFUSED', { url, status, reason: message }, { hint });
  return new SlipwayError(code, { message: `\`${url}\` answered ${status}: ${message}`, hint, status });
}

/** Reads a body as `Problem`. A proxy's answer is none: its first words are the message. */
function problemOf(text: string): { code?: string; message: string; hint?: string } {
  try {
    const { code, message, hint } = Problem.partial({ code: true }).parse(JSON.parse(text));
    return { code: /^[A-Z][A-Z0-9_]+$/.test(code ?? '') ? code : undefined, message, hint };
  } catch {
    return { message: text.slice(0, 200) };
  }
}

function unreachable(url: string, error: unknown): SlipwayError {
  const cause = error instanceof Error ? error.cause : undefined;
  const options = { cause: error, ...certificateHint(error) };
  return clientError('CLIENT_SERVER_UNREACHABLE', { url, reason: messageOf(cause ?? error) }, options);
}
