import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { collectedTerminal } from '../../../test/support/collected-terminal.ts';
import { temporaryFolder } from '../../../test/support/mirror-package.ts';
import { main } from '../main.ts';

async function list(cwd: string) {
  const { terminal, stdout, stderr } = collectedTerminal();
  const { PATH } = process.env;
  const context = { env: { PATH }, cwd, terminal, signal: new AbortController().signal };
  const status = await main(['run', '--list'], context);
  return { status, stdout: stdout(), stderr: stderr() };
}

test('the pipeline of the nearest folder above is run, up to the top of the repository', async () => {
  const top = await temporaryFolder();
  const below = join(top, 'repository/src/deep');
  await mkdir(below, { recursive: true });
  await writeFile(join(top, '.gitlab-ci.yml'), 'outside: { script: [make] }\n');
  await execa('git', ['init', '-q', join(top, 'repository')]);
  expect(await list(below)).toMatchObject({ status: 2, stderr: expect.stringContaining('CLI_RUN_NOTHING') as string });
  await writeFile(join(top, 'repository/.gitlab-ci.yml'), 'inside: { script: [make] }\n');
  expect(await list(below)).toEqual({
    status: 0,
    stdout: 'test\tinside\ton_success\n',
    stderr: `The pipeline is that of ${join(top, 'repository')}.\n`,
  });
});

test('a text from elsewhere that was not accepted is an error with its line', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, '.gitlab-ci.yml'), 'include: https://ci.example.org/a.yml\nwork: { script: [make] }\n');
  expect(await list(folder)).toMatchObject({
    status: 2,
    stderr: expect.stringMatching(/gitlab-ci\.yml:1:1: .*slipway-includes\.lock[^]*--accept-includes/) as string,
  });
});
