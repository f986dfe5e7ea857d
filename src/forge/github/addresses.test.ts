import { expect, test } from 'vitest';
import { cloneUrl } from './addresses.ts';

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
