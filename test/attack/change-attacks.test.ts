import { describe, expect, onTestFinished, test } from 'vitest';
import { sandboxAvailable } from '../../src/executor/index.ts';
import { forkLab, type ForkLab } from '../support/fork-lab.ts';
import { LOG_BYTES, changeAttacks, protectedRunner } from './change-attacks.ts';

const canRun = await sandboxAvailable();
if (!canRun) process.stderr.write('skipped: attacks by changes need a sandbox\n');

async function openLab(): Promise<ForkLab> {
  const lab = await forkLab(
    { promotion: 'pull-request' },
    { limits: { logBytes: LOG_BYTES }, moreRunners: [protectedRunner] },
  );
  onTestFinished(() => lab.close());
  await lab.remote.commit('refs/heads/main', { 'README.md': 'A stack\n' });
  lab.server.wake('lab');
  return lab;
}

describe.skipIf(!canRun).each(changeAttacks)('$threat: a pull request that $what', ({ attempt, control }) => {
  test('does not succeed', async () => {
    expect(await attempt(await openLab())).toBe(false);
  });

  // Without this the attack might fail because it is none.
  test('would succeed, or what is like it and permitted does', async () => {
    expect(await control(await openLab())).toBe(true);
  });
});
