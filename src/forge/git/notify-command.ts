import type { HookServer } from './hook-script.ts';
import { programEntry } from '../../kit/index.ts';

/** Returns the words of `slipway hook notify`, which a hook runs on a machine without curl. */
export function notifyCommand({ url, stack, who }: HookServer): readonly string[] {
  const words = [process.execPath, programEntry(), 'hook', 'notify', '--url', url, '--stack', stack];
  return who === undefined ? words : [...words, '--token-file', who.tokenFile, '--actor', who.variable];
}
