import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { collectedTerminal } from '../../../test/support/collected-terminal.ts';
import { temporaryFolder } from '../../../test/support/mirror-package.ts';
import { fakePython, spackRepository } from '../../../test/support/spack-repository.ts';
import { main } from '../main.ts';

let folder: string;
let from: string;
let python: string;
beforeEach(async () => {
  folder = await temporaryFolder();
  from = await spackRepository(folder, '0.23.1');
  python = await fakePython(folder, ':');
});

/** Runs the command on a machine without Spack; without an answer there is no terminal to ask on. */
async function doctor(words: readonly string[], answer?: string) {
  const { terminal, stdout, stderr } = collectedTerminal();
  const questions: string[] = [];
  const prompt = async (question: string) => {
    questions.push(question);
    return answer ?? '';
  };
  const cwd = join(folder, 'project');
  await mkdir(cwd, { recursive: true });
  const env = { PATH: '/usr/bin:/bin', HOME: folder, SLIPWAY_CACHE: join(folder, 'cache') };
  const context = { env, cwd, terminal, signal: new AbortController().signal, ...(answer !== undefined && { prompt }) };
  const exitCode = await main(['doctor', ...words], context);
  const installed = await readdir(join(folder, 'cache/installed-spack')).catch(() => []);
  return { exitCode, stdout: stdout(), stderr: stderr(), questions, isInstalled: installed.length > 0 };
}

const missing =
  /^optional Spack: not found; builds stacks that are not made of recipes\n {9}Run `slipway spack install`/m;
const question = 'Spack is missing. Install it for this user, about 300 MB? [Y/n] ';

describe('slipway doctor --fix', () => {
  test('installs Spack when the user agrees, and then reports it', async () => {
    const { stdout, questions, isInstalled } = await doctor(['--fix', '--from', from, '--python', python], '');
    expect({ questions, isInstalled }).toEqual({ questions: [question], isInstalled: true });
    expect(stdout).toMatch(/^ok {7}Spack: 0\.23\.1 in \S+\/cache\/installed-spack\/\w+\/spack$/m);
    const again = await doctor(['--fix'], '');
    expect(again.questions).toEqual([]);
    expect(again.stdout).toContain('ok       Spack: 0.23.1');
  });

  test('installs nothing when the user refuses, and reports what is missing', async () => {
    const { stdout, questions, isInstalled } = await doctor(['--fix', '--from', from, '--python', python], 'n');
    expect({ questions, isInstalled }).toEqual({ questions: [question], isInstalled: false });
    expect(stdout).toMatch(missing);
  });

  test('fails without a terminal, since it cannot ask', async () => {
    const { exitCode, stdout, stderr, isInstalled } = await doctor(['--fix']);
    expect({ exitCode, stdout, isInstalled }).toEqual({ exitCode: 2, stdout: '', isInstalled: false });
    expect(stderr).toBe(
      'error: Spack can be installed, but there is no terminal to ask on. [CLI_FIX_UNCONFIRMED]\n' +
        'hint: Add `--yes` to install it without asking.\n',
    );
  });

  test('with --yes installs without a terminal and without asking', async () => {
    expect((await doctor(['--fix', '--yes', '--from', from, '--python', python])).stdout).toContain('ok       Spack: ');
    const { stdout } = await doctor(['--json']);
    const { parts } = JSON.parse(stdout) as { parts: readonly { name: string; found?: string }[] };
    expect(parts.find(({ name }) => name === 'Spack')?.found).toMatch(/^0\.23\.1 in /);
  });

  test('a failed installation leaves nothing, and its reason is reported', async () => {
    await writeFile(join(folder, 'no-spack'), '');
    const { exitCode, stderr, isInstalled } = await doctor(['--fix', '--yes', '--from', join(folder, 'no-spack')]);
    expect({ exitCode, isInstalled }).toEqual({ exitCode: 1, isInstalled: false });
    expect(stderr).toContain('no-spack');
  });

  test('without --fix asks nothing and installs nothing', async () => {
    const { stdout, questions, isInstalled } = await doctor([], '');
    expect({ questions, isInstalled }).toEqual({ questions: [], isInstalled: false });
    expect(stdout).toMatch(missing);
  });
});
