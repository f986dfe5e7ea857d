import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { identifyProcess, type ProcessIdentity } from '../../kit/index.ts';
import { findProcesses } from './find-processes.ts';
import { MARKER_VARIABLE } from './marked-processes.ts';

const marker = 'ab'.repeat(16);

/** Starts a session with a script that says when it is ready. */
async function startSession(script: string, environment: Record<string, string> = {}): Promise<ProcessIdentity> {
  const child = spawn('/bin/sh', ['-c', script], {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { PATH: process.env.PATH, ...environment },
  });
  await once(child.stdout, 'data');
  const leader = identifyProcess(child.pid as number) as ProcessIdentity;
  onTestFinished(async () => {
    for (const pid of await findProcesses({ marker, leader })) process.kill(pid, 'SIGKILL');
    // The next test uses the same marker, and what was killed is still listed for a moment.
    await expect.poll(() => findProcesses({ marker, leader })).toEqual([]);
  });
  return leader;
}

test('the members of a session are found, also one whose name looks like the end of it', async () => {
  const named = `${process.execPath} -e 'process.title = ") S 1 1 1 "; console.log("ready"); setInterval(() => {}, 9999)'`;
  const leader = await startSession(`tail -f /dev/null & ${named}`);
  const found = await findProcesses({ marker, leader });
  expect(found).toContain(leader.pid);
  expect(found).toHaveLength(3);
});

test('a process that left the session is found by its marker, and not by a longer or another one', async () => {
  const script = 'setsid sh -c "echo ready; exec tail -f /dev/null" & wait';
  await startSession(script, { [MARKER_VARIABLE]: marker });
  await expect.poll(() => findProcesses({ marker })).toHaveLength(2);
  expect(await findProcesses({ marker: marker.slice(2) })).toEqual([]);
  expect(await findProcesses({ marker: 'cd'.repeat(16) })).toEqual([]);
});

test('a session whose leader has another start has no members', async () => {
  const leader = await startSession('echo ready; tail -f /dev/null');
  expect(await findProcesses({ marker, leader: { ...leader, startTime: '1' } })).toEqual([]);
});
