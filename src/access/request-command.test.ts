import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { commandScopes, isRequestCommand, mayCommand } from './request-command.ts';
import { scopeOfTier, tiers } from './tier.ts';

test('the manual has the scope of each command', () => {
  const page = readFileSync(new URL('../../docs/reference/permissions.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/^\| `\/slipway (\w+)[^`]*` \| (\w+) \|/gm)].map(([, name, scope]) => [name, scope]);
  expect(Object.fromEntries(rows)).toEqual(commandScopes);
});

test('only maintainers approve, and no tier below `trusted` starts anything', () => {
  expect(tiers.filter((tier) => scopeOfTier(tier) === 'approve')).toEqual(['maintainer']);
  for (const tier of ['outsider', 'first-time', 'contributor'] as const) {
    for (const isAuthor of [false, true]) {
      const own = Object.keys(commandScopes).filter(
        (one) => isRequestCommand(one) && mayCommand(one, { tier, isAuthor }),
      );
      expect(own).toEqual(isAuthor ? ['help', 'plan', 'cancel'] : ['help', 'plan']);
    }
  }
});

test.each(['constructor', '__proto__', 'toString', ''])('`%s` is no command', (word) => {
  expect(isRequestCommand(word)).toBe(false);
});
