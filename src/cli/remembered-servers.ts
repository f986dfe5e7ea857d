import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { Secret, atomicWrite, hasCode, messageOf, homeFolder, ownerOnlyFolder } from '../kit/index.ts';
import type { CommandContext } from './command.ts';
import { cliError } from './errors.ts';

type Environment = CommandContext['env'];

const ServersFile = z.strictObject({
  /** The server that is used where nothing names another one. */
  current: z.string().optional(),
  /** By the URL, without a final slash. */
  servers: z.record(z.string(), z.strictObject({ token: z.string().optional(), name: z.string().optional() })),
});
type ServersFile = z.infer<typeof ServersFile>;

interface RememberedServer {
  readonly url: string;
  readonly token?: Secret;
  /** The name by which the server knows the token. */
  readonly name?: string;
}

/** Returns the file with the servers of `slipway login`, which only its owner can read. */
export function serversFile(env: Environment): string {
  const { XDG_CONFIG_HOME: xdg = '' } = env;
  const configuration = xdg === '' ? join(homeFolder(env), '.config') : xdg;
  return join(configuration, 'slipway', 'servers.json');
}

/** Returns the URL of the server of the last `slipway login`; undefined without one. */
export async function currentServer(env: Environment): Promise<string | undefined> {
  return (await readServers(env)).current;
}

/** Returns the token that `slipway login` has stored for a server. It is sent to no other server. */
export async function rememberedToken(env: Environment, url: string): Promise<Secret | undefined> {
  const token = (await readServers(env)).servers[url]?.token;
  return token === undefined ? undefined : new Secret(token);
}

/** Returns all servers, without their tokens. */
export async function listServers(
  env: Environment,
): Promise<readonly { readonly url: string; readonly name?: string; readonly isCurrent: boolean }[]> {
  const { current, servers } = await readServers(env);
  return Object.entries(servers).map(([url, { name }]) => ({ url, name, isCurrent: url === current }));
}

/** Stores a server, and makes it the current one. */
export async function rememberServer(env: Environment, { url, token, name }: RememberedServer): Promise<void> {
  const { servers } = await readServers(env);
  await writeServers(env, { current: url, servers: { ...servers, [url]: { token: token?.reveal(), name } } });
}

/** Removes a server, or the current one, and returns its URL; undefined if there is none. */
export async function forgetServer(env: Environment, url: string | undefined): Promise<string | undefined> {
  const { current, servers } = await readServers(env);
  const forgotten = url ?? current;
  if (forgotten === undefined || servers[forgotten] === undefined) return undefined;
  const { [forgotten]: _, ...rest } = servers;
  await writeServers(env, { current: current === forgotten ? undefined : current, servers: rest });
  return forgotten;
}

async function readServers(env: Environment): Promise<ServersFile> {
  const file = serversFile(env);
  try {
    return ServersFile.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    // The home folder of a system user can be a file, or one that the user cannot read.
    if (['ENOENT', 'ENOTDIR', 'EACCES'].some((code) => hasCode(error, code))) return { servers: {} };
    throw cliError('CLI_SERVERS_INVALID', { file, reason: messageOf(error) }, { cause: error });
  }
}

async function writeServers(env: Environment, servers: ServersFile): Promise<void> {
  const file = serversFile(env);
  ownerOnlyFolder(dirname(file));
  await atomicWrite(file, `${JSON.stringify(servers, undefined, 2)}\n`, { mode: 0o600 });
}
