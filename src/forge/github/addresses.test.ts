import { expect, test } from 'vitest';
import { cloneUrl, githubLinks } from './addresses.ts';

test.each([
  ['https://api.github.com', 'https://github.com/lab/stack.git'],
  ['https://api.github.com/', 'https://github.com/lab/stack.git'],
  ['https://git.example.org/api/v3', 'https://git.example.org/lab/stack.git'],
  ['https://git.example.org/api/v3/', 'https://git.example.org/lab/stack.git'],
  ['https://api.lab.ghe.com', 'https://lab.ghe.com/lab/stack.git'],
  ['http://127.0.0.1:8080/api/v3', 'http://127.0.0.1:8080/lab/stack.git'],
])('the repository of the API at %s is cloned from %s', (apiUrl, url) => {
  expect(cloneUrl(apiUrl, 'lab/stack')).toBe(url);
});

test('pages are below the address that the repository is cloned from', () => {
  const links = githubLinks(cloneUrl('https://git.example.org/api/v3', 'lab/stack'));
  expect(links.commit('abc')).toBe('https://git.example.org/lab/stack/commit/abc');
  expect(links.request('7')).toBe('https://git.example.org/lab/stack/pull/7');
  const line = links.line({ sha: 'abc', path: 'recipes/a b#.yaml', line: 3 });
  expect(line).toBe('https://git.example.org/lab/stack/blob/abc/recipes/a%20b%23.yaml#L3');
});
