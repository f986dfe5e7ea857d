import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { temporaryFolder } from '../../../test/support/mirror-package.ts';
import { ProgramError } from './program-error.ts';
import { attemptProgram, runProgram } from './run-program.ts';
import { spawnProgram } from './spawn-program.ts';

const env = { PATH: process.env.PATH };
const shell = (script: string, options = {}) => attemptProgram('/bin/sh', ['-c', script], { env, ...options });

describe('a program that is run to its end', () => {
  test('gives its exit status and both outputs', async () => {
    const result = await shell('printf one; printf two >&2; exit 3');
    expect(result).toMatchObject({ exitCode: 3, isSuccess: false, text: 'one' });
    expect(result.stderr.toString()).toBe('two');
    expect(result.output).toMatch(/^(?:onetwo|twoone)$/);
  });

  test('has the variables that it is given, and no others', async () => {
    const { text } = await runProgram('/usr/bin/env', [], { env: { ONE: '1', TWO: undefined } });
    expect(text).toBe('ONE=1');
    expect((await runProgram('/usr/bin/env', [], { env: 'inherited' })).text).toContain(`PATH=${process.env.PATH}`);
  });

  test('reads its input, and finds the end of it where there is none', async () => {
    expect((await shell('cat', { input: 'text' })).text).toBe('text');
    expect(await shell('cat')).toMatchObject({ text: '', isSuccess: true });
    expect(await shell('exit 0', { input: 'x'.repeat(1_000_000) })).toMatchObject({ isSuccess: true });
  });

  test('fails with its name, its exit status and the last line of its standard error', async () => {
    const failing = runProgram('/bin/sh', ['-c', 'echo first >&2; echo last >&2; exit 5'], { env });
    await expect(failing).rejects.toThrow('`/bin/sh`: exit status 5: last');
    await expect(failing).rejects.toMatchObject({ result: { exitCode: 5 } });
  });

  test('that is not there is reported apart', async () => {
    const missing = attemptProgram('no-such-program', [], { env });
    await expect(missing).rejects.toThrow('`no-such-program`: it was not found');
    await expect(missing).rejects.toBeInstanceOf(ProgramError);
    await expect(missing).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('that cannot be started for its words is reported as well', async () => {
    await expect(attemptProgram('/bin/sh', ['nul\0'], { env })).rejects.toBeInstanceOf(ProgramError);
  });

  test('is ended after its time, also where what it started holds its output', async () => {
    const folder = await temporaryFolder();
    onTestFinished(() => void vi.useRealTimers());
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const running = shell('sleep 300 & echo begun; : >begun; wait', { cwd: folder, timeout: 300 });
    await expect.poll(() => existsSync(join(folder, 'begun'))).toBe(true);
    // One whole turn of the event loop reads what the program wrote before it created the file.
    await setImmediate();
    await setImmediate();
    vi.advanceTimersByTime(300);
    const result = await running;
    expect(result).toMatchObject({ cut: 'timeout', isSuccess: false, text: 'begun' });
    expect(result.ending).toBe('it took too long');
  });

  test('is killed where it does not listen', async () => {
    const result = await shell(`trap '' TERM; while :; do :; done`, { timeout: 300 });
    expect(result).toMatchObject({ cut: 'timeout', exitCode: undefined });
  });

  test('fails for the reason in the last line of its errors, or in the first one with `fatal:`', async () => {
    const words = ['fatal: no such repository', 'fatal: nothing was read', 'Check the access rights.'];
    const failing = (lines: readonly string[]) => shell(`printf '%s\\n' '${lines.join("' '")}' >&2; exit 9`);
    expect((await failing(words)).reason).toBe('exit status 9: fatal: no such repository');
    expect((await failing(words.slice(2))).reason).toBe('exit status 9: Check the access rights.');
  });

  test('is ended when it writes too much', async () => {
    const result = await shell('yes', { maxBytes: 1000 });
    expect(result).toMatchObject({ cut: 'output', isSuccess: false });
  });

  test('is ended by a signal, and the caller hears its reason', async () => {
    const stop = new AbortController();
    const running = shell('sleep 300', { signal: stop.signal });
    stop.abort(new Error('enough'));
    await expect(running).rejects.toThrow('enough');
    await expect(shell('true', { signal: stop.signal })).rejects.toThrow('enough');
  });
});

test('a program that is spawned leads a session of its own if it is asked to', async () => {
  const child = spawnProgram('/bin/sh', ['-c', 'read -r _'], {
    env,
    stdio: ['pipe', 'pipe', 'ignore'],
    detached: true,
  });
  const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ');
  expect(Number(fields?.[3])).toBe(child.pid);
  const closed = new Promise((resolve) => child.once('close', resolve));
  child.stdin.end('\n');
  expect(await closed).toBe(0);
});

test('lines of both outputs are passed on as they come', async () => {
  const lines: string[] = [];
  const result = await shell('echo one; echo two >&2; printf three', { onLine: (line: string) => lines.push(line) });
  expect(lines.toSorted()).toEqual(['one', 'three', 'two']);
  expect(result).toMatchObject({ isSuccess: true, output: '' });
});
