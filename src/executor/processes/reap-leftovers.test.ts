import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { identifyProcess, sessionMembers, type ProcessIdentity } from '../../kit/index.ts';
import { findProcesses } from './find-processes.ts';
import { MARKER_VARIABLE } from './marked-processes.ts';
import { fileJournal, reapLeftovers } from '../index.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-reap-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const marker = '0123456789abcdef0123456789abcdef';

/** A session as a killed runner leaves it: no process waits for it. */
async function leaveSession(script: string, environment: Record<string, string> = {}): Promise<ProcessIdentity> {
  const child = spawn('/bin/sh', ['-c', script], {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { PATH: process.env['PATH'], ...environment },
  });
  await once(child.stdout, 'data');
  return identifyProcess(child.pid as number) as ProcessIdentity;
}

describe('leftovers of a killed runner', () => {
  test('are ended with all of their session, their folders removed, and named', async () => {
    const journal = fileJournal(join(folder, 'journal'));
    const workspace = join(folder, 'work', '7');
    await mkdir(workspace, { recursive: true });
    const leader = await leaveSession('trap "" TERM; tail -f /dev/null & echo ready; tail -f /dev/null');
    await journal.record({ jobId: '7', leader, marker, workspace });
    expect(sessionMembers(leader).length).toBeGreaterThan(1);
    expect(await reapLeftovers(journal, { grace: 40 })).toEqual(['7']);
    expect(sessionMembers(leader)).toEqual([]);
    await expect(access(workspace)).rejects.toThrow(/ENOENT/);
    expect(await reapLeftovers(journal)).toEqual([]);
  });

  test('that left the session are found by their marker', async () => {
    const journal = fileJournal(join(folder, 'journal'));
    await leaveSession('setsid sh -c "echo ready; exec tail -f /dev/null" &', { [MARKER_VARIABLE]: marker });
    await journal.record({ jobId: '8', marker, workspace: join(folder, 'work', '8') });
    // A process that is just becoming another has no environment to look at for a moment.
    await expect.poll(() => findProcesses({ marker })).toHaveLength(1);
    expect(await reapLeftovers(journal)).toEqual(['8']);
    expect(await findProcesses({ marker })).toEqual([]);
  });

  test('do not cost a process its life that has got the same number', async () => {
    const journal = fileJournal(join(folder, 'journal'));
    const innocent = await leaveSession('echo ready; tail -f /dev/null');
    await journal.record({ jobId: '9', leader: { ...innocent, startTime: '1' }, marker, workspace: join(folder, 'w') });
    expect(await reapLeftovers(journal)).toEqual(['9']);
    expect(sessionMembers(innocent).length).toBeGreaterThan(0);
    process.kill(-innocent.pid, 'SIGKILL');
  });
});
