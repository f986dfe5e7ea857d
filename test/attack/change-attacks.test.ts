import { expect, onTestFinished, test } from 'vitest';
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

// `$what` would cut long names, and no test could be chosen by their ends.
const named = changeAttacks.map((attack) => [attack.threat, attack.what, attack] as const);

test.skipIf(!canRun).each(named)('%s: never does a pull request %s', async (_threat, _what, attack) => {
  const lab = await openLab();
  expect(await attack.attempt(lab)).toBe(false);
  // Without this the attack might fail because it is none.
  const other = attack.mergesChange === true ? await openLab() : lab;
  expect(await attack.control(other), 'control run').toBe(true);
});
