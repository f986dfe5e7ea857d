import { homedir } from 'node:os';
import { expect, test } from 'vitest';
import { homeFolder } from './home-folder.ts';

test('the home folder is that of the environment, of the user, or the root folder where the user has none', () => {
  const noSuchUser = (): string => {
    throw new Error('uv_os_homedir returned ENOENT (no such file or directory)');
  };
  expect(homeFolder({ HOME: '/h' }, noSuchUser)).toBe('/h');
  expect(homeFolder({ HOME: '' })).toBe(homedir());
  expect(homeFolder({}, noSuchUser)).toBe('/');
});
