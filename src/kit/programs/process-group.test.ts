import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  identifyProcess,
  isSameProcess,
  isSessionMember,
  sessionMembers,
  type ProcessIdentity,
} from './process-group.ts';

/** A session whose leader has a child; resolves when both run. */
async function session(): Promise<{ leader: ChildProcess; identity: ProcessIdentity }> {
  const leader = spawn('/bin/sh', ['-c', 'sleep 600 & echo ready; wait'], {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await once(leader.stdout as NodeJS.ReadableStream, 'data');
  const identity = identifyProcess(leader.pid as number) as ProcessIdentity;
  onTestFinished(() => killSession(identity));
  return { leader, identity };
}

function killSession(identity: ProcessIdentity): void {
  for (const pid of sessionMembers(identity)) process.kill(pid, 'SIGKILL');
}

describe('a process', () => {
  test('is the same as long as it runs, and known by more than its number', () => {
    const own = identifyProcess(process.pid) as ProcessIdentity;
    expect(own.pid).toBe(process.pid);
    expect(isSameProcess(own)).toBe(true);
    expect(isSameProcess({ ...own, startTime: '1' })).toBe(false);
  });

  test('that has ended has no identity', async () => {
    const child = spawn('true');
    await once(child, 'exit');
    expect(identifyProcess(child.pid as number)).toBeUndefined();
  });
});

test('a process that has ended is gone, although its parent never waits for it', async () => {
  const parent = spawn('sh', ['-c', 'sh -c "echo \\$\\$" & exec sleep 600'], { stdio: ['ignore', 'pipe', 'ignore'] });
  onTestFinished(() => void parent.kill('SIGKILL'));
  const [pid] = (await once(parent.stdout, 'data')) as [Buffer];
  const identity = identifyProcess(Number(String(pid))) as ProcessIdentity;
  await expect.poll(() => isSameProcess(identity)).toBe(false);
  expect(identifyProcess(identity.pid)).toEqual(identity);
});

describe('a session', () => {
  test('has the children of its leader as members', async () => {
    const { leader, identity } = await session();
    expect(sessionMembers(identity)).toHaveLength(2);
    killSession(identity);
    await once(leader, 'close');
    await expect.poll(() => sessionMembers(identity)).toEqual([]);
  });

  test('is found also when its leader has gone', async () => {
    const { leader, identity } = await session();
    leader.kill('SIGKILL');
    await once(leader, 'exit');
    expect(sessionMembers(identity)).toHaveLength(1);
  });

  test('has no member that started before its leader', async () => {
    const { identity } = await session();
    expect(isSessionMember(identity.pid, identity)).toBe(true);
    expect(isSessionMember(identity.pid, { ...identity, startTime: String(BigInt(identity.startTime) + 1n) })).toBe(
      false,
    );
    expect(isSessionMember(process.pid, identity)).toBe(false);
  });
});
