import { expect, test } from 'vitest';
import { withoutCredentials } from './without-credentials.ts';

test.each([
  ['https://user:secret@host/path', 'https://host/path'],
  ['https://token@host:8443', 'https://host:8443'],
  ['https://user:p@ss@host/path', 'https://host/path'],
  ['clone of https://a:b@one/x and git+ssh://c@two/y failed', 'clone of https://one/x and git+ssh://two/y failed'],
  ['https://host/path@1', 'https://host/path@1'],
  ['git@host:path', 'git@host:path'],
  ['/srv/repository', '/srv/repository'],
])('%s becomes %s', (text, expected) => {
  expect(withoutCredentials(text)).toBe(expected);
});
