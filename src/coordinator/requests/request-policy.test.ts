import { expect, test } from 'vitest';
import { openLab, tinyStack, type Lab } from '../../../test/support/coordinator.ts';
import type { PullRequest } from '../../forge/index.ts';
import { workInbox } from '../changes/intake.ts';

/** Opens a request on a base with these rules. */
async function requested(lab: Lab, requests: string, more: Partial<PullRequest> = {}, files = {}) {
  const base = { ...tinyStack, 'slipway.yaml': `requests: ${requests}\n` };
  const baseSha = lab.push('main', base).sha;
  const { sha } = lab.push('topic', { ...base, ...files });
  await lab.happens(lab.forge.request('7', sha, { baseSha, author: 'ada', ...more }));
  return sha;
}

const count = (lab: Lab) => lab.context.pipelines.list({}).length;

test('a rule leaves a change of documents out, which blocks no merge', async () => {
  const lab = await openLab();
  const rules = '{ rules: [{ if: { paths: { all: ["docs/*"] } }, then: skip }] }';
  const sha = await requested(lab, rules, {}, { 'docs/a.md': 'A' });
  expect(lab.status(sha)).toBe('success: Skipped by rule 1 of `requests.rules` in slipway.yaml');
  expect(count(lab)).toBe(0);
  const other = await requested(lab, rules, {}, { 'docs/a.md': 'A', 'spack.yaml': 'spack: { specs: [] }\n' });
  expect(lab.status(other)).toBe('pending: 0 of 1 jobs done');
});

test('a rule holds what touches the configuration of CI, also of the team', async () => {
  const lab = await openLab();
  const rules = '{ rules: [{ if: { paths: { ci: true } }, then: hold }] }';
  const sha = await requested(lab, rules, {}, { '.gitlab-ci.yml': 'a: { script: x }\n' });
  expect(lab.status(sha)).toMatch(/^pending: Held by rule 1 of slipway\.yaml/);
  expect(count(lab)).toBe(0);
});

test('the rules are those of the default branch for a base that is not protected', async () => {
  const lab = await openLab();
  const main = lab.push('main', { ...tinyStack, 'slipway.yaml': 'forks: hold\n' }).sha;
  const lax = lab.push('lax', { ...tinyStack, 'slipway.yaml': 'forks: run\n' }).sha;
  lab.forge.refs.set('refs/heads/main', main);
  const { sha } = lab.push('topic');
  await lab.happens(lab.forge.request('7', sha, { baseSha: lax, baseBranch: 'lax', fork: true }));
  expect(lab.status(sha)).toMatch(/^pending: Held, from a fork/);
  expect(count(lab)).toBe(0);
});

test('the rules are those that the base has now, also for a request that began on an older one', async () => {
  const lab = await openLab();
  const old = lab.push('main', { ...tinyStack, 'slipway.yaml': 'forks: run\n' }).sha;
  const now = lab.push('main', { ...tinyStack, 'slipway.yaml': 'forks: hold\n' }).sha;
  lab.forge.refs.set('refs/heads/main', now);
  const { sha } = lab.push('topic');
  await lab.happens(lab.forge.request('7', sha, { baseSha: old, fork: true }));
  expect(lab.status(sha)).toMatch(/^pending: Held, from a fork/);
});

test('a request waits while the forge does not report its author’s permission, and then goes on', async () => {
  const lab = await openLab();
  lab.forge.permission = async () => Promise.reject(new Error('status 502'));
  const sha = await requested(lab, '{ rules: [{ if: { tier: [outsider] }, then: hold }] }');
  expect(lab.status(sha)).toMatch(/^pending: Waits: The forge did not report what `ada` may do/);
  expect(count(lab)).toBe(0);
  lab.forge.permission = async () => 'write';
  await workInbox(lab.coordinator, lab.stack);
  expect(count(lab)).toBe(1);
});

test('a rule leaves out pushes and tags of an author', async () => {
  const lab = await openLab();
  const rule = 'requests: { rules: [{ if: { event: [push, tag], authors: [bot] }, then: skip }] }\n';
  const { sha, event } = lab.push('main', { ...tinyStack, 'slipway.yaml': rule });
  await lab.happens({ ...event, actor: 'bot' } as typeof event);
  expect(lab.status(sha)).toBe('success: Skipped by rule 1 of `requests.rules` in slipway.yaml');
  await lab.happens({ type: 'tag-pushed', tag: 'rev-1', sha, actor: 'bot' });
  expect(lab.publications()).toEqual([]);
  expect(count(lab)).toBe(0);
  await lab.happens({ ...event, actor: 'ada' } as typeof event);
  expect(count(lab)).toBe(1);
});
