import { expect, test } from 'vitest';
import { createTokens, settingsOf } from '../../coordinator/index.ts';
import type { FoundSandbox } from '../../executor/index.ts';
import { Secret } from '../../kit/index.ts';
import { knownRunners } from './runners.ts';

const available: FoundSandbox = { mechanism: { name: 'bwrap', words: () => [], imageWords: () => [] } };
const missing: FoundSandbox = { reason: 'bwrap: it is not installed', remedy: 'Install bubblewrap.' };

async function known(runner: Readonly<Record<string, unknown>>, sandbox: FoundSandbox) {
  const runners = [{ name: 'one', ...runner }];
  const settings = settingsOf({ data: '/srv/data', stacks: [], runners }, { TOKEN: 'token' });
  const [found] = await knownRunners(settings, createTokens(new Secret('secret')), sandbox);
  const { sandbox: mode, untrusted: takesForks, obstacle, trusted, capacity } = found ?? {};
  return { mode, takesForks, obstacle, trusted, capacity };
}

test('every job of the embedded runner is in a sandbox by default', async () => {
  expect(await known({ embedded: true }, available)).toMatchObject({ mode: 'always', takesForks: true });
  expect(await known({ embedded: true, protectedOnly: true }, available)).toMatchObject({ takesForks: false });
});

test('where no sandbox works, the embedded runner takes no job and says why', async () => {
  expect(await known({ embedded: true }, missing)).toMatchObject({
    mode: 'always',
    takesForks: false,
    obstacle: 'Runner `one` has no sandbox (bwrap: it is not installed). Install bubblewrap.',
  });
});

test('with `never` trusted jobs run without a sandbox, and those of forks do not run', async () => {
  for (const sandbox of [available, missing])
    expect(await known({ embedded: true, sandbox: 'never' }, sandbox)).toMatchObject({
      mode: 'never',
      takesForks: false,
    });
});

test('a runner elsewhere takes jobs of forks if the configuration says that it isolates them', async () => {
  const token = { env: 'TOKEN' };
  expect(await known({ token }, missing)).toMatchObject({ takesForks: false });
  expect(await known({ token, sandbox: 'always' }, missing)).toMatchObject({ mode: 'always', takesForks: true });
});

test('what the embedded runner builds in a sandbox may be promoted; of other runners what the configuration says', async () => {
  const token = { env: 'TOKEN' };
  expect(await known({ embedded: true }, available)).toMatchObject({ trusted: true });
  expect(await known({ embedded: true, trusted: false }, available)).toMatchObject({ trusted: false });
  expect(await known({ embedded: true, sandbox: 'never' }, available)).toMatchObject({ trusted: false });
  expect(await known({ token, sandbox: 'always' }, available)).toMatchObject({ trusted: false });
  expect(await known({ token, sandbox: 'always', trusted: true }, available)).toMatchObject({ trusted: true });
});

test('memory is that of the machine for the embedded runner, and for others what the configuration says', async () => {
  const token = { env: 'TOKEN' };
  const own = await known({ embedded: true, capacity: { cores: 3 } }, available);
  expect(own.capacity).toEqual({ memory: expect.any(Number), cores: 3 });
  expect((await known({ token }, available)).capacity).toBeUndefined();
  const elsewhere = await known({ token, capacity: { memory: 4000 } }, available);
  expect(elsewhere.capacity).toEqual({ memory: 4000, cores: Infinity });
});
