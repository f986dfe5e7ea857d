import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runStep, stepScript } from './run-step.ts';
import { SYSTEM_PATH } from '../../kit/index.ts';

let folder: string;
let lines: string[];

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'slipway-step-')));
  lines = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function run(
  commands: readonly string[],
  options: { signal?: AbortSignal; onLine?: (line: string) => void } = {},
): Promise<void> {
  await runStep({
    package: 'zoo',
    name: 'build',
    commands,
    position: 'recipes/zoo.yaml:4:1',
    invocation: { program: 'sh', args: ['-c', stepScript(commands)] },
    workFolder: folder,
    environment: { PATH: SYSTEM_PATH, ANIMAL: 'lion' },
    log: (line) => {
      lines.push(line);
      options.onLine?.(line);
    },
    signal: options.signal,
  });
}

describe('runStep', () => {
  test('runs the commands in one shell and logs each before what it prints', async () => {
    await run(['cd /', 'pwd; echo "$ANIMAL" >&2', 'printf partial']);
    expect(lines).toEqual(['$ cd /', '$ pwd; echo "$ANIMAL" >&2', '/', 'lion', '$ printf partial', 'partial']);
  });

  test('keeps the environment of this process from the steps', async () => {
    await run(['env']);
    expect(new Set(lines.slice(1).map((line) => line.replace(/=.*/, '')))).toEqual(new Set(['ANIMAL', 'PATH', 'PWD']));
  });

  test('names the command that failed, its status and the end of the log', async () => {
    await expect(run(['echo one', 'printf two; exit 7', 'echo never'])).rejects.toMatchObject({
      code: 'BUILD_STEP_FAILED',
      message:
        'Package `zoo` failed in step `build` (recipes/zoo.yaml:4:1) with exit status 7 at `printf two; exit 7`.\n  | one\n  | two',
    });
    expect(lines).not.toContain('never');
  });

  test('an unset variable fails the step', async () => {
    await expect(run(['echo "$NO_SUCH"'])).rejects.toMatchObject({ code: 'BUILD_STEP_FAILED' });
  });

  test('an abort ends the whole tree of processes', async () => {
    const stop = new AbortController();
    const onLine = (line: string) => {
      if (line === 'ready') stop.abort();
    };
    // The grandchild holds the output open: if it lived on, this would not end.
    await expect(
      run(["sh -c 'echo ready; exec cat /dev/zero > /dev/null' & wait"], { signal: stop.signal, onLine }),
    ).rejects.toMatchObject({
      code: 'BUILD_CANCELED',
    });
  });

  test('a shell that does not exist is an error', async () => {
    const invocation = { program: '/nowhere/sh', args: [] };
    const step = {
      package: 'zoo',
      name: 'test',
      commands: [],
      position: 'recipes/zoo.yaml:9:1',
      invocation,
      workFolder: folder,
      environment: {},
      log: () => undefined,
    } as const;
    await expect(runStep(step)).rejects.toMatchObject({ code: 'BUILD_SHELL_MISSING' });
  });
});
