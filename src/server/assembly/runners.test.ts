import { expect, test } from 'vitest';
import { createTokens, settingsOf } from '../../coordinator/index.ts';
import { Secret } from '../../kit/index.ts';
import { knownRunners } from './runners.ts';

type Mode = 'untrusted' | 'pull-requests' | 'always' | 'never';

async function modeOf(sandbox: Mode | undefined, hasSandbox: boolean) {
  const runners = [{ name: 'embedded', embedded: true, ...(sandbox === undefined ? {} : { sandbox }) }];
  const settings = settingsOf({ data: '/srv/data', stacks: [], runners }, {});
  const [known] = await knownRunners(settings, createTokens(new Secret('secret')), hasSandbox);
  return { mode: known?.sandbox, warns: known?.warning !== undefined, takesForks: known?.untrusted };
}

test('every job is in a sandbox by default where one is available', async () => {
  expect(await modeOf(undefined, true)).toEqual({ mode: 'always', warns: false, takesForks: true });
});

test('without a sandbox, trusted jobs run with a warning and forks are not taken', async () => {
  const without = { mode: 'untrusted', warns: true, takesForks: false };
  expect(await modeOf(undefined, false)).toEqual(without);
  expect(await modeOf('pull-requests', false)).toEqual(without);
});

test.each(['untrusted', 'always', 'never'] as const)('`%s` is what was asked for, with or without', async (mode) => {
  for (const hasSandbox of [true, false]) expect(await modeOf(mode, hasSandbox)).toMatchObject({ mode, warns: false });
});
