import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sandboxAvailable } from '../../src/executor/index.ts';
import type { Attacker, JobAttack } from './attack.ts';
import { attackedLab, hasLeft, type AttackedLab } from './attacked-lab.ts';
import { jobAttacks } from './job-attacks.ts';

const hasCurl = spawnSync('curl', ['--version']).status === 0;
const canRun = hasCurl && (await sandboxAvailable());
if (!canRun) process.stderr.write('skipped: attacks by jobs need a sandbox and curl\n');

interface Case {
  readonly by: Attacker | 'control run';
  readonly ref: string;
  readonly sandbox: 'always' | 'never';
  readonly expected: boolean;
}

const cases: readonly Case[] = [
  { by: 'job of a fork', ref: 'refs/pull/7/head', sandbox: 'always', expected: false },
  { by: 'job of the team', ref: 'refs/heads/team', sandbox: 'always', expected: false },
  { by: 'job of a protected branch', ref: 'refs/heads/main', sandbox: 'always', expected: false },
  // Without these the attacks might fail because they are no attacks.
  { by: 'control run', ref: 'refs/heads/main', sandbox: 'never', expected: true },
];

const jobName = (attack: JobAttack) => `${attack.threat} ${attack.what}`;

describe.skipIf(!canRun).each(cases)('a $by', ({ by, ref, sandbox, expected }) => {
  let attacked: AttackedLab;
  const succeeded = new Map<string, boolean>();

  beforeAll(async () => {
    attacked = await attackedLab(sandbox);
    const { lab, targets } = attacked;
    const { id } = await lab.finished(await push());
    const { pipelines } = lab.server.coordinator.context;
    for (const attack of jobAttacks) {
      const status = pipelines.latestRun(id, jobName(attack))?.status;
      succeeded.set(attack.what, hasLeft(attack, targets) && status === 'success');
    }
  });
  afterAll(() => attacked.close());

  async function push(): Promise<string> {
    const { lab, targets } = attacked;
    await lab.remote.commit('refs/heads/main', { 'README.md': 'A stack\n' });
    lab.server.wake('lab');
    const isControl = by === 'control run';
    const scripts = jobAttacks.map((attack) => [
      `attacks/${attack.threat} ${attack.what}.sh`,
      `${(isControl ? (attack.control ?? attack.script) : attack.script)(targets)}\n`,
    ]);
    const jobs = jobAttacks.map((attack) => [
      jobName(attack),
      { script: [`sh "attacks/$CI_JOB_NAME.sh"`], allow_failure: true },
    ]);
    const files = { '.gitlab-ci.yml': JSON.stringify(Object.fromEntries(jobs)), ...Object.fromEntries(scripts) };
    const head = await lab.remote.commit(ref, files, 'refs/heads/main');
    lab.server.wake('lab');
    if (by !== 'job of a fork') return head;
    await lab.until(() => lab.status(head));
    await lab.post('requests/7/approve', { sha: head });
    return head;
  }

  const named = jobAttacks.map(({ threat, what }) => [threat, what] as const);
  test.each(named)(`%s: ${expected ? '' : 'never '}%s`, (_threat, what) => {
    expect(succeeded.get(what)).toBe(expected);
  });
});
