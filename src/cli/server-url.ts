import { findAbove } from '../kit/index.ts';
import type { CommandContext } from './command.ts';
import { currentServer } from './remembered-servers.ts';
import { readServerSettings } from './server-settings.ts';

/** Address of a server that nothing names. */
const defaultUrl = 'http://127.0.0.1:8080';

/** The option of every command that talks to a server. */
export const urlOption = [
  '--url <url>',
  'the server (default: SLIPWAY_URL, else the address in slipway.server.yaml, else that of `slipway login`, else ' +
    `${defaultUrl})`,
] as const;

/** Returns the address of the server to talk to, without a final slash. With `--verbose` it prints where it comes from. */
export async function serverUrl(context: CommandContext, option: string | undefined): Promise<string> {
  const { url, from } = (await namedServer(context, option)) ?? { url: defaultUrl, from: 'by default' };
  const address = withoutSlash(url);
  context.terminal.detail(`Server: ${address} (${from})`);
  return address;
}

/** Removes the slashes at the end of an address, so that the same server has one. */
export function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '');
}

interface NamedServer {
  readonly url: string;
  readonly from: string;
}

async function namedServer(context: CommandContext, option: string | undefined): Promise<NamedServer | undefined> {
  if (option !== undefined) return { url: option, from: 'from `--url`' };
  const variable = context.env['SLIPWAY_URL'] ?? '';
  if (variable !== '') return { url: variable, from: 'from SLIPWAY_URL' };
  const configured = await configuredUrl(context);
  if (configured !== undefined) return { url: configured, from: 'from the configuration of the server' };
  const remembered = await currentServer(context.env);
  return remembered === undefined ? undefined : { url: remembered, from: 'from `slipway login`' };
}

/** Where the server of this folder's configuration is reached; undefined without one, or if its port is not known. */
async function configuredUrl(context: CommandContext): Promise<string | undefined> {
  const { env, cwd } = context;
  const isConfigured = ['SLIPWAY_CONFIG', 'SLIPWAY_LISTEN', 'SLIPWAY_BASE_URL'].some((name) => env[name] !== undefined);
  if (!isConfigured && findAbove('slipway.server.yaml', cwd) === undefined) return undefined;
  const { baseUrl, listen, tls } = (await readServerSettings({}, context)).configuration;
  if (baseUrl !== undefined) return baseUrl;
  const [, host = '', port = ''] = /^(.*):(\d+)$/.exec(listen) ?? [];
  if (Number(port) === 0) return undefined;
  const everywhere: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '[::]': '[::1]' };
  return `${tls === undefined ? 'http' : 'https'}://${everywhere[host] ?? host}:${port}`;
}
