import { expect, test } from 'vitest';
import { gitAddress } from './git-address.ts';

const basic = (text: string) => `Authorization: Basic ${Buffer.from(text).toString('base64')}`;

test.each([
  ['https://ada:s%40fe@git.example.org/lab/stack.git', 'https://git.example.org/lab/stack.git', 'ada:s@fe'],
  ['http://token@127.0.0.1:8080/stack.git', 'http://127.0.0.1:8080/stack.git', 'token:'],
])('the credentials in %s go into the environment', (address, url, credentials) => {
  expect(gitAddress(address)).toEqual({
    url,
    environment: {
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: `http.${new URL(url).origin}/.extraHeader`,
      GIT_CONFIG_VALUE_0: basic(credentials),
    },
  });
});

test.each([
  'https://git.example.org/a@b.git',
  'git@git.example.org:lab/stack.git',
  'ssh://git@host/x',
  '/srv/stack.git',
])('%s stays as it is', (address) => {
  expect(gitAddress(address)).toEqual({ url: address, environment: {} });
});
