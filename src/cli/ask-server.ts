import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Secret, SlipwayError, certificateHint, messageOf, readNamedFile } from '../kit/index.ts';
import type { CommandContext } from './command.ts';
import { cliError } from './errors.ts';

export interface ServerAccess {
  readonly url: string;
  readonly token?: Secret;
}

/** A token from a file, else from a variable; it is never an argument, which others on the machine could read. */
export async function readToken(
  { env, cwd }: CommandContext,
  { file, variable }: { file: string | undefined; variable: string },
): Promise<Secret> {
  const value = file === undefined ? env[variable] : (await readNamedFile(file, cwd)).trim();
  if (value === undefined || value === '') throw cliError('CLI_TOKEN_MISSING', { variable });
  return new Secret(value);
}

/** Asks the server for JSON. Whatever is not a success is an error with the server's own words. */
export async function askServer<Answer>(
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

/** Writes what the server sends into a file; fails like `askServer`. */
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

/** What the server says is wrong, under its own code; another program's answer under one of ours. */
function refusal(url: string, status: number, text: string): SlipwayError {
  const { code, message, hint } = problemOf(text);
  if (code === undefined)
    return cliError('CLI_SERVER_REFUSED', { url, status, reason: message }, hint === undefined ? {} : { hint });
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
  return cliError('CLI_SERVER_UNREACHABLE', { url, reason: messageOf(cause ?? error) }, options);
}
