import { describe, expect, test } from 'vitest';
import { firstRule, type RuleFacts } from './request-rule.ts';
import { readStackPolicy } from '../changes/stack-policy.ts';

const rulesOf = (...rules: readonly string[]) =>
  readStackPolicy(`requests: { rules: [${rules.map((rule) => `{ ${rule} }`).join()}] }\n`);

const team: RuleFacts = {
  event: 'pull-request',
  fork: false,
  author: 'ada',
  tier: async () => 'trusted',
  paths: async () => ['docs/a.md', 'spack.yaml'],
  configuresCi: (path) => path === '.gitlab-ci.yml',
};

async function effect(facts: Partial<RuleFacts>, ...rules: readonly string[]): Promise<string | undefined> {
  const { policy, diagnostics } = rulesOf(...rules);
  expect(diagnostics).toEqual([]);
  const found = await firstRule(policy?.requests.rules ?? [], { ...team, ...facts });
  return found && `${found.number} ${found.effect}`;
}

describe('the first rule that matches', () => {
  test('decides, and all of its conditions must hold', async () => {
    const rules = ['if: { fork: true }, then: hold', 'if: { labels: [wip, later] }, then: skip', 'then: run'];
    expect(await effect({ fork: true, labels: ['wip'] }, ...rules)).toBe('1 hold');
    expect(await effect({ labels: ['WIP'] }, ...rules)).toBe('2 skip');
    expect(await effect({ draft: true }, ...rules)).toBe('3 run');
    expect(await effect({}, 'if: { draft: true, fork: false }, then: skip')).toBeUndefined();
    expect(await effect({ draft: true }, 'if: { draft: true, fork: false }, then: skip')).toBe('1 skip');
  });

  test('concerns pull requests alone, unless it names other events', async () => {
    expect(await effect({ event: 'push' }, 'then: skip')).toBeUndefined();
    expect(await effect({ event: 'push' }, 'if: { event: [tag, push] }, then: skip')).toBe('1 skip');
  });

  test('compares names without their case, and as a whole', async () => {
    expect(await effect({ author: 'Ada' }, 'if: { authors: [ADA] }, then: run')).toBe('1 run');
    expect(await effect({ author: 'ada-evil' }, 'if: { authors: [ada] }, then: run')).toBeUndefined();
    expect(await effect({ author: 'lab-bot' }, 'if: { authors: ["lab-*"] }, then: run')).toBe('1 run');
  });

  test('matches no author that no one authenticated, and no tier that is unknown', async () => {
    expect(await effect({ author: undefined }, 'if: { authors: ["*"] }, then: run')).toBeUndefined();
    const tiers = 'if: { tier: [outsider, first-time, contributor, trusted, maintainer] }, then: run';
    expect(await effect({ tier: async () => undefined }, tiers)).toBeUndefined();
    expect(await effect({}, tiers)).toBe('1 run');
  });

  test('compares changed paths', async () => {
    expect(await effect({}, 'if: { paths: { all: ["docs/**/*"] } }, then: skip')).toBeUndefined();
    expect(await effect({}, 'if: { paths: { all: ["docs/**/*", "*.yaml"] } }, then: skip')).toBe('1 skip');
    expect(await effect({}, 'if: { paths: { any: ["docs/**/*"] } }, then: hold')).toBe('1 hold');
    expect(await effect({}, 'if: { paths: { ci: true } }, then: hold')).toBeUndefined();
    expect(await effect({ paths: async () => ['.gitlab-ci.yml'] }, 'if: { paths: { ci: true } }, then: hold')).toBe(
      '1 hold',
    );
    expect(await effect({ paths: async () => [] }, 'if: { paths: { all: ["*"] } }, then: run')).toBeUndefined();
  });

  test('lets nothing run or be skipped by paths that are unknown', async () => {
    const paths = async () => undefined;
    for (const then of ['run', 'skip'])
      expect(await effect({ paths }, `if: { paths: { ci: false } }, then: ${then}`)).toBeUndefined();
    expect(await effect({ paths }, 'if: { paths: { any: [x] } }, then: hold')).toBe('1 hold');
  });
});

describe('a policy is invalid', () => {
  test.each([
    ['if a label starts forks', 'if: { labels: [safe] }, then: run', /not bound to a commit/],
    ['also where it is for forks only', 'if: { labels: [safe], fork: true }, then: run', /not bound to a commit/],
    ['if a push would wait for approval', 'if: { event: [push] }, then: hold', /only a pull request/],
    ['if it names an unknown tier', 'if: { tier: [friend] }, then: run', /friend|tier/],
  ])('%s', (_what, rule, message) => {
    const { policy, diagnostics } = rulesOf(rule);
    expect(policy).toBeUndefined();
    expect(diagnostics[0]?.message).toMatch(message);
  });

  test('but a label may start what the team wrote', () => {
    expect(rulesOf('if: { labels: [safe], fork: false }, then: run').diagnostics).toEqual([]);
  });
});
