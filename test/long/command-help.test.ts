import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { commands } from '../../src/cli/command-list.ts';
import { programEntry } from '../../src/kit/package-root.ts';

/** The built program, with nothing in its environment but PATH. */
function slipway(...words: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [programEntry(), ...words], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH },
  });
  return { status, stdout, stderr };
}

test('every command has a help of its own', () => {
  for (const { name } of commands) {
    const { status, stdout, stderr } = slipway(name, '--help');
    expect({ name, status, stderr }).toEqual({ name, status: 0, stderr: '' });
    expect(stdout).toContain(`Usage: slipway ${name}`);
  }
});
