import { expect, test } from 'vitest';
import { matchOutput } from './match-output.ts';

test.each([
  ['^said', 'first\nsaid so\n', true],
  ['^so', 'first\nsaid so\n', false],
  ['\\p{Lu}M2', 'ÄM2', true],
])('/%s/ is matched against %j', async (source, text, answer) => {
  expect(await matchOutput(source, text, 60_000)).toBe(answer);
});

test('an expression that would take for ever is stopped, and nothing else waits for it', async () => {
  let ticks = 0;
  const ticking = setInterval(() => (ticks += 1), 10);
  expect(await matchOutput('^(a+)+$', `${'a'.repeat(50)}!`, 500)).toBeUndefined();
  clearInterval(ticking);
  expect(ticks).toBeGreaterThan(0);
});
