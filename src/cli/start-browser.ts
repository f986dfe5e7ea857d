import { spawnProgram } from '../kit/index.ts';
import type { CommandContext } from './command.ts';

/** Opens an address in the browser. A missing browser is ignored, so print the address too. */
export function startBrowser(address: string, env: CommandContext['env']): void {
  const program = process.platform === 'darwin' ? 'open' : 'xdg-open';
  const child = spawnProgram(program, [address], { stdio: 'ignore', detached: true, env });
  child.on('error', () => undefined);
  child.unref();
}
