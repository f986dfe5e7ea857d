import { expect, test } from 'vitest';
import { ServerConfiguration } from '../configuration/server-configuration.ts';
import type { StackConfiguration } from '../configuration/stack-configuration.ts';
import { isProtectedBranch, isProtectedTag, trustOfRequest } from './trust.ts';

const stack = (rules: object) =>
  ServerConfiguration.parse({ stacks: [{ name: 'lab', remote: '/r', ...rules }] }).stacks[0] as StackConfiguration;

test('the default branch is always protected, others as the configuration says', () => {
  const lab = stack({ defaultBranch: 'develop', protected: { branches: ['release/*'] } });
  expect(['develop', 'release/2', 'main', 'develop2'].map((name) => isProtectedBranch(lab, name))).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

test('every tag may publish, unless the configuration names some', () => {
  expect(isProtectedTag(stack({}), 'anything')).toBe(true);
  const lab = stack({ protected: { tags: ['rev-*'] } });
  expect(['rev-1', 'v1'].map((tag) => isProtectedTag(lab, tag))).toEqual([true, false]);
});

test('a request is trusted by where its head is, and by nothing in it', () => {
  const request = { number: '7', title: 'protected', headSha: 'a', baseBranch: 'main', baseSha: 'b', author: 'owner' };
  expect(trustOfRequest({ ...request, fork: true })).toBe('untrusted');
  expect(trustOfRequest({ ...request, fork: false })).toBe('pull-request');
});
