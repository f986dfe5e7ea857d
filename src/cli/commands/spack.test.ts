import { join } from 'node:path';
import { expect, test } from 'vitest';
import { collectedTerminal } from '../../../test/support/collected-terminal.ts';
import { temporaryFolder } from '../../../test/support/mirror-package.ts';
import { fakePython, spackRepository } from '../../../test/support/spack-repository.ts';
import { main } from '../main.ts';

test('an installed Spack is removed after a confirmation, or with --yes', async () => {
  const folder = await temporaryFolder();
  const from = await spackRepository(folder, '0.23.1');
  const python = await fakePython(folder, ':');
  const questions: string[] = [];
  const spack = async (words: readonly string[], answer?: string) => {
    const { terminal, stdout, stderr } = collectedTerminal();
    const prompt = async (question: string) => {
      questions.push(question.replace(folder, ''));
      return answer ?? '';
    };
    const env = { PATH: process.env['PATH'], HOME: folder, SLIPWAY_CACHE: join(folder, 'cache') };
    const { signal } = new AbortController();
    const context = { env, cwd: folder, terminal, signal, ...(answer !== undefined && { prompt }) };
    const exitCode = await main(['spack', ...words], context);
    return { exitCode, stdout: stdout(), stderr: stderr() };
  };
  const installed = await spack(['install', '--from', from, '--python', python, '--json']);
  expect(installed.exitCode).toBe(0);
  const { stderr } = await spack(['remove', '0.23.1']);
  expect(stderr).toContain('[CLI_UNCONFIRMED]');
  expect((await spack(['remove', '0.23.1'], '')).exitCode).toBe(2);
  expect(questions).toEqual([
    expect.stringMatching(/^Remove Spack 0\.23\.1 from \/cache\/installed-spack\/\w+\? \[y\/N\] $/),
  ]);
  expect((await spack(['list'])).stdout).toMatch(/^0\.23\.1 /);
  expect(await spack(['remove', '0.23.1', '--yes'])).toMatchObject({ exitCode: 0, stderr: '' });
  expect((await spack(['list'])).stdout).toBe('');
});
