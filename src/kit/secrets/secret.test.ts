import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { Secret } from './secret.ts';

test('a secret is printed by nothing, and returned on request only', () => {
  const secret = new Secret('hunter22');
  const printed = [
    String(secret),
    JSON.stringify({ secret }),
    inspect({ secret }),
    Object.values(secret).join(''),
    String(Object.entries(secret)),
  ];
  expect(printed.join('\n')).not.toContain('hunter22');
  expect(secret.reveal()).toBe('hunter22');
});
