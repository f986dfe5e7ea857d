import type { ServerFlags, ServerSettings } from '../coordinator/index.ts';
import type { CommandContext } from './command.ts';

/** Reads the settings of the server that `slipway serve` would run here. With `--verbose` it prints which file. */
export async function readServerSettings(
  flags: ServerFlags,
  { env, cwd, terminal }: Pick<CommandContext, 'env' | 'cwd' | 'terminal'>,
): Promise<ServerSettings> {
  // Only now: it brings the schemas of the whole server.
  const { loadServerSettings } = await import('./load-server-settings.ts');
  const settings = await loadServerSettings(flags, env, cwd);
  const { file, configuration } = settings;
  terminal.detail(file === undefined ? 'Configuration of the server: none' : `Configuration of the server: ${file}`);
  terminal.detail(`Data folder of the server: ${configuration.data}`);
  return settings;
}
