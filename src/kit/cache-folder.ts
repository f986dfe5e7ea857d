import { join } from 'node:path';
import { homeFolder } from './home-folder.ts';
import type { ProcessVariables } from './programs/process-variables.ts';

/**
 * Returns the folder for what Slipway keeps for this user between runs: SLIPWAY_CACHE, else `slipway` in the user's
 * cache folder (XDG Base Directory Specification). Make it with mode 0700.
 */
export function cacheFolder(env: ProcessVariables): string {
  const { SLIPWAY_CACHE: own = '', XDG_CACHE_HOME: xdg = '' } = env;
  if (own !== '') return own;
  return join(xdg === '' ? join(homeFolder(env), '.cache') : xdg, 'slipway');
}
