import { spawnSync } from 'node:child_process';
import { expect, onTestFinished, test } from 'vitest';
import { sandboxAvailable } from '../../src/executor/index.ts';
import { forkLab, type ForkLab } from '../support/fork-lab.ts';
import { formsOf, hostileStack } from '../support/hostile-stack.ts';

const hasCurl = spawnSync('curl', ['--version']).status === 0;
const canRun = hasCurl && (await sandboxAvailable());
if (!canRun) process.stderr.write('skipped: attacks of forks need a sandbox and curl\n');

async function openLab(sandbox: 'always' | 'never'): Promise<ForkLab> {
  const lab = await forkLab({}, { sandbox });
  onTestFinished(() => lab.close());
  await lab.remote.commit('refs/heads/main', { 'README.md': 'A stack\n' });
  lab.server.wake('lab');
  return lab;
}

/** Pushes a stack whose jobs search for secrets. */
async function pushAttack(lab: ForkLab, ref: string): Promise<string> {
  const files = hostileStack({ data: lab.data, others: [lab.outside], stack: 'lab' });
  const head = await lab.remote.commit(ref, files, 'refs/heads/main');
  lab.server.wake('lab');
  return head;
}

test.runIf(canRun)('a pull request from a fork finds no secret, no key and no other prefix', async () => {
  const lab = await openLab('always');
  const head = await pushAttack(lab, 'refs/pull/7/head');
  await lab.until(() => lab.status(head));
  await lab.post('requests/7/approve', { sha: head });
  await lab.finished(head);
  const remains = await lab.remains();
  const secrets = await lab.secrets();
  const found = Object.keys(secrets).filter((what) =>
    formsOf(secrets[what] ?? '').some((form) => remains.includes(form)),
  );
  expect(found).toEqual([]);
  expect(remains).toMatch(/searched \d{4,} bytes/);
  expect(remains).toContain('is not in a mirror that this job may read');
  expect(remains).not.toContain('BEGIN PGP PRIVATE KEY');
});

// Without this the search above might find nothing because it does not search.
test.runIf(canRun)('the same files on a branch of the team find them without a sandbox', async () => {
  const lab = await openLab('never');
  const head = await pushAttack(lab, 'refs/heads/team');
  await lab.finished(head);
  const remains = await lab.remains();
  const secrets = await lab.secrets();
  for (const what of ['the server secret', "another process's environment", "another job's workspace"]) {
    expect(formsOf(secrets[what] ?? '').filter((form) => remains.includes(form)).length, what).toBeGreaterThan(1);
  }
});
