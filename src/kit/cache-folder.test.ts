import { homedir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cacheFolder } from './cache-folder.ts';

test.each([
  [{ SLIPWAY_CACHE: '/c', XDG_CACHE_HOME: '/x', HOME: '/h' }, '/c'],
  [{ SLIPWAY_CACHE: '', XDG_CACHE_HOME: '/x', HOME: '/h' }, '/x/slipway'],
  [{ XDG_CACHE_HOME: '', HOME: '/h', TMPDIR: '/tmp' }, '/h/.cache/slipway'],
  [{ TMPDIR: '/tmp' }, join(homedir(), '.cache/slipway')],
])('what is kept between runs is in the user’s own cache folder: %j', (env, folder) => {
  expect(cacheFolder(env)).toBe(folder);
});
