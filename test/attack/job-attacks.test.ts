import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sandboxAvailable } from '../../src/executor/index.ts';
import { forkLab, type ForkLab } from '../support/fork-lab.ts';
import type { Attacker, JobAttack, Targets } from './attack.ts';
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
  let lab: ForkLab;
  let targets: Targets;
  const service = createServer((_, response) => response.end('service of the host\n'));
  const succeeded = new Map<string, boolean>();

  beforeAll(async () => {
    await once(service.listen(0, '127.0.0.1'), 'listening');
    lab = await forkLab({}, { sandbox });
    const { port } = service.address() as AddressInfo;
    targets = { data: lab.data, outside: lab.outside, port, seconds: 100_000 + Math.floor(Math.random() * 1e8) };
    const head = await push();
    const { id } = await lab.finished(head);
    const { pipelines } = lab.server.coordinator.context;
    for (const attack of jobAttacks) {
      const run = pipelines.latestRun(id, jobName(attack));
      const isLeft = attack.leaves === undefined || isThere(attack.leaves(targets));
      succeeded.set(attack.what, isLeft && run?.status === 'success');
    }
  });
  afterAll(async () => {
    service.close();
    await lab.close();
  });

  async function push(): Promise<string> {
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

  test.each(jobAttacks)(`$threat: ${expected ? '' : 'never '}$what`, ({ what }) => {
    expect(succeeded.get(what)).toBe(expected);
  });
});

/** Whether an attack left this. A process is ended. */
function isThere(left: ReturnType<NonNullable<JobAttack['leaves']>>): boolean {
  if ('file' in left) return existsSync(left.file);
  const found = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && argumentsOf(pid) === left.process);
  for (const pid of found) process.kill(Number(pid), 'SIGKILL');
  return found.length > 0;
}

/** Empty for a process that is gone. */
function argumentsOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return '';
  }
}
