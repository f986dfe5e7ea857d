import { cp, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { load } from 'js-yaml';
import { beforeEach, describe, expect, test } from 'vitest';
import { collectedTerminal } from '../../../test/support/collected-terminal.ts';
import { temporaryFolder } from '../../../test/support/mirror-package.ts';
import { loadServerSettings, readStackPolicy } from '../../coordinator/index.ts';
import { readStack } from '../../generate/index.ts';
import { packageRoot } from '../../kit/index.ts';
import { main } from '../main.ts';

let folder: string;
beforeEach(async () => {
  folder = join(await temporaryFolder(), 'My_Tool');
  await mkdir(folder);
});

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
}

const read = (name: string) => readFile(join(folder, name), 'utf8');

async function slipway(words: string, answers?: readonly string[]) {
  const { terminal, stdout, stderr } = collectedTerminal();
  const questions: string[] = [];
  const left = [...(answers ?? [])];
  const prompt = async (question: string) => {
    questions.push(question);
    return left.shift() ?? '';
  };
  const { signal } = new AbortController();
  const env = { SLIPWAY_CACHE: join(folder, '../cache'), PATH: process.env['PATH'] };
  const context = { env, cwd: folder, terminal, signal, prompt: answers && prompt };
  const exitCode = await main(words.split(' '), context);
  return { exitCode, stdout: stdout(), stderr: stderr(), questions };
}

/** Reads what was written as the server does: faults are thrown. */
async function served() {
  const { configuration } = await loadServerSettings({}, {}, folder);
  const policy = readStackPolicy(await read('slipway.yaml'));
  expect(policy).toMatchObject({ diagnostics: [] });
  return { stack: configuration.stacks[0], policy };
}

const environment = { 'spack.yaml': 'spack:\n  specs: [zlib]\n' };
const program = { 'hello.c': 'int main(void) { return 0; }\n', Makefile: 'PROG = hello\nall: $(PROG)\n' };

/** What a repository of each kind holds. */
const layouts = {
  container: { ...environment, Dockerfile: 'FROM scratch\n' },
  gitlab: { ...environment, '.gitlab-ci.yml': 'generate:\n  script: [spack -e . ci generate --output-file p.yml]\n' },
  environment,
  package: { 'package.py': 'class MyTool(Package):\n    pass\n' },
  recipe: program,
};

describe('slipway init', () => {
  test('sets up a program with a Makefile, which `slipway plan` then knows', async () => {
    await write(program);
    const { exitCode, stdout, stderr } = await slipway('init --yes');
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    expect(stderr).toContain('Recognized a program that is built by make (Makefile).');
    expect(stdout).toBe(
      'wrote recipes/my-tool.yaml\nwrote spack.yaml\nwrote slipway.yaml\nwrote slipway.server.yaml\nwrote .gitignore\n',
    );
    expect(await read('recipes/my-tool.yaml')).toContain("source: { path: ., files: [Makefile, '*.c'] }");
    expect(await read('recipes/my-tool.yaml')).toContain('cp hello "$PREFIX/bin/"');
    expect(await served()).toMatchObject({ stack: { name: 'my-tool', remote: folder } });
    expect((await slipway('plan')).stdout).toMatch(/^build {2}my-tool@0\.1\.0 \/\w{7} {2}\(missing\)\n/);
  });

  test.each([
    ['CMakeLists.txt', 'add_executable(star star.c)\n', 'cmake --install build', 'cmd: [star]'],
    ['meson.build', "executable('star', 'star.c')\n", 'meson install -C build', 'cmd: [star]'],
    ['configure', '#!/bin/sh\n', 'install: make install\n', 'cmd: [my-tool]'],
    ['Makefile', 'star: star.c\ninstall: star\n', 'make install PREFIX="$PREFIX"', 'cmd: [star]'],
    ['star.c', 'int main;\n', 'build: $CC -O2 -o my-tool *.c', 'cmd: [my-tool]'],
  ])('writes a recipe for %s', async (file, text, step, command) => {
    await write({ 'star.c': 'int main;\n', [file]: text });
    expect(await slipway('init --yes --no-server')).toMatchObject({ exitCode: 0 });
    expect(await read('recipes/my-tool.yaml')).toContain(step);
    expect(await read('slipway.yaml')).toContain(command);
    expect((await slipway('plan')).exitCode).toBe(0);
  });

  test('sets up an environment of Spack, and a pipeline for GitLab or a workflow for GitHub', async () => {
    await write(environment);
    expect(await slipway('init --yes --ci gitlab')).toMatchObject({ exitCode: 0 });
    await served();
    expect((await slipway('run --list')).stdout).toContain('generate');
    expect((await slipway('init --kind environment --ci github')).stdout).toBe('wrote .github/workflows/slipway.yml\n');
  });

  test('sets up a repository like that of a tutorial container, with its environment in a folder', async () => {
    await write({ 'stack/spack.yaml': 'spack:\n  specs: [zlib]\n', 'docker/Dockerfile': 'FROM scratch\n' });
    const { stderr } = await slipway('init --yes');
    expect(stderr).toContain('a Spack stack with a container build (stack/spack.yaml, docker/Dockerfile)');
    expect(stderr).toContain('slipway plan --env stack');
    const { stack, policy } = await served();
    expect(stack).toMatchObject({ environment: 'stack' });
    expect(JSON.stringify(policy)).toContain('"contents":"dockerfile"');
  });

  test('sets up a GitLab project with its variables, and keeps its pipeline', async () => {
    const pipeline = [
      'variables:',
      '  SPACK_REPO: https://git.example.org/spack.git',
      '  SPACK_REF: v0.23.1',
      'generate:',
      '  script: [spack -e . ci generate --output-file pipeline.yml]',
      '',
    ].join('\n');
    await write({ ...environment, '.gitlab-ci.yml': pipeline });
    const { stderr } = await slipway('init --yes --ci gitlab');
    expect(stderr).toContain('.gitlab-ci.yml exists and stays as it is.');
    expect(await read('.gitlab-ci.yml')).toBe(pipeline);
    const variables = { SPACK_REPO: 'https://git.example.org/spack.git', SPACK_REF: 'v0.23.1' };
    expect((await served()).stack).toMatchObject({ variables });
  });

  test.each(Object.entries(layouts))('writes what its readers accept for kind %s', async (kind, files) => {
    await write(files);
    expect(JSON.parse((await slipway(`init --kind ${kind} --ci gitlab --json`)).stdout)).toMatchObject({ kind });
    const { stack } = await served();
    expect(stack?.name).toBe('my-tool');
    expect(await readStack(folder, { variables: {} })).toMatchObject({ mirrors: [] });
    const { exitCode, stdout } = await slipway('run --list --json');
    expect({ exitCode, jobs: stdout }).toMatchObject({ exitCode: 0, jobs: expect.stringContaining('"generate"') });
  });

  test('writes a workflow of GitHub for the branch and the stack, however the repository is named', async () => {
    await execa('git', ['init', '--quiet', '-b', 'develop', folder]);
    await write(environment);
    await slipway('init --yes --ci github --name lab-tools');
    expect(load(await read('.github/workflows/slipway.yml'))).toMatchObject({
      on: { push: { branches: ['develop'] } },
      permissions: {},
      jobs: {
        trigger: {
          'runs-on': 'ubuntu-latest',
          steps: [{ env: { SLIPWAY_STACK: 'lab-tools' }, run: expect.stringContaining('/trigger"') as string }],
        },
      },
    });
  });

  test('quotes names that YAML reads as something else, and leaves out folders that no script can name', async () => {
    folder = join(folder, '../2024');
    await mkdir(folder);
    await execa('git', ['init', '--quiet', '-b', '1.0', folder]);
    await write({ ...program, 'data, more/readme': '', 'my env/spack.yaml': 'spack: {}\n' });
    expect(await slipway('init --yes --ci github')).toMatchObject({ exitCode: 0 });
    const { stack } = await served();
    expect(stack).toMatchObject({ name: '2024', defaultBranch: '1.0' });
    expect(stack).not.toHaveProperty('environment');
    expect(await read('recipes/2024.yaml')).toContain('files: [Makefile, \'*.c\', "data, more", "my env"]');
    expect((await slipway('plan')).stdout).toContain('2024@0.1.0');
    const workflow = await read('.github/workflows/slipway.yml');
    expect(workflow).toContain('branches: ["1.0"]');
    expect(workflow).toContain('SLIPWAY_STACK: "2024"');
  });

  test('recognizes the examples', async () => {
    for (const [example, kind] of [
      ['tutorial-shaped', 'container'],
      ['tutorial-spack', 'gitlab'],
    ] as const) {
      await cp(join(packageRoot(), 'examples', example), folder, { recursive: true, force: true });
      const { stdout } = await slipway('init --yes --no-server --json');
      expect(JSON.parse(stdout)).toMatchObject({ kind });
      folder = join(folder, 'second');
      await mkdir(folder);
    }
  });

  test('sets up Spack packages: a repository of recipes, or a single `package.py`', async () => {
    await write({ 'package.py': 'from spack.package import *\n\nclass NetlibTool(Package):\n    pass\n' });
    expect((await slipway('init --yes')).stderr).toContain('Spack packages: netlib-tool (package.py)');
    expect(await read('spack.yaml')).toContain('    - netlib-tool\n');
    expect(await read('spack-repo/packages/netlib-tool/package.py')).toBe(await read('package.py'));
    await served();
    folder = join(folder, '../other');
    await write({ 'repo.yaml': 'repo:\n  namespace: lab\n', 'packages/my_tool/package.py': '' });
    expect((await slipway('init --yes')).stderr).toContain('Spack packages: my-tool (repo.yaml)');
  });

  test('asks three questions on a terminal', async () => {
    await write(program);
    const { exitCode, questions } = await slipway('init', ['', 'star', 'n']);
    expect(exitCode).toBe(0);
    expect(questions).toEqual([
      'Set it up as that? [Y/n] ',
      'Name of the stack and its image [my-tool]: ',
      'Configure a server on this machine (slipway.server.yaml)? [Y/n] ',
    ]);
    expect((await readdir(folder)).toSorted()).toEqual([
      '.gitignore',
      'Makefile',
      'hello.c',
      'recipes',
      'slipway.yaml',
      'spack.yaml',
    ]);
    expect(await slipway('init', ['no'])).toMatchObject({ exitCode: 2 });
  });

  test('fails without a terminal and without flags, and where it recognizes nothing', async () => {
    expect((await slipway('init --yes')).stderr).toContain('[INIT_NOTHING_FOUND]');
    await write(program);
    expect((await slipway('init')).stderr).toContain('[INIT_UNCONFIRMED]');
    expect((await slipway('init --kind package')).stderr).toContain('[INIT_KIND_WRONG]');
    expect(await readdir(folder)).toHaveLength(2);
  });

  test('leaves nothing half done', async () => {
    await write({ ...program, '.github': 'not a folder\n' });
    expect((await slipway('init --yes --ci github')).stderr).toContain('[INIT_WRITE_FAILED]');
    expect(await readdir(folder)).toHaveLength(3);
  });
});
