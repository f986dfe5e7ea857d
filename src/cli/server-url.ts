import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { CommandContext } from './command.ts';

/** Address of a server that nothing names. */
const defaultUrl = 'http://127.0.0.1:8080';
const configurationFile = 'slipway.server.yaml';

/** The option of every command that talks to a server. */
export const urlOption = [
  '--url <url>',
  `the server (default: SLIPWAY_URL, else the address in ${configurationFile}, else ${defaultUrl})`,
] as const;

/** The address of the server to talk to, without a final slash. */
export async function serverUrl(
  { env, cwd }: Pick<CommandContext, 'env' | 'cwd'>,
  option: string | undefined,
): Promise<string> {
  const url = option ?? env['SLIPWAY_URL'] ?? (await configuredUrl({ env, cwd })) ?? defaultUrl;
  return url.replace(/\/+$/, '');
}

/** Where the server of this folder's configuration is reached; undefined without one, or if its port is not known. */
async function configuredUrl({ env, cwd }: Pick<CommandContext, 'env' | 'cwd'>): Promise<string | undefined> {
  const isConfigured = ['SLIPWAY_CONFIG', 'SLIPWAY_LISTEN', 'SLIPWAY_BASE_URL'].some((name) => env[name] !== undefined);
  if (!isConfigured && !existsSync(resolve(cwd, configurationFile))) return undefined;
  // Only now: it brings the schemas of the whole server.
  const { loadServerSettings } = await import('./server-settings.ts');
  const { baseUrl, listen, tls } = (await loadServerSettings({}, env, cwd)).configuration;
  if (baseUrl !== undefined) return baseUrl;
  const [, host = '', port = ''] = /^(.*):(\d+)$/.exec(listen) ?? [];
  if (Number(port) === 0) return undefined;
  const everywhere: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '[::]': '[::1]' };
  return `${tls === undefined ? 'http' : 'https'}://${everywhere[host] ?? host}:${port}`;
}
