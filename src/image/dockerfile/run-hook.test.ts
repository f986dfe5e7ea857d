import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { loopbackService, stranger } from '../../../test/support/attack-targets.ts';
import { temporaryFolder } from '../../../test/support/mirror-package.ts';
import { sandboxAvailable, type FoundSandbox } from '../../executor/index.ts';
import type { ImageBuilder } from './builders.ts';
import { runHook } from './run-hook.ts';

const canRun = await sandboxAvailable();
if (!canRun) process.stderr.write('skipped: no sandbox works on this machine\n');

const none: FoundSandbox = { reason: 'bwrap: it is not installed', remedy: 'Install bubblewrap.' };

let folder: string;
let builder: ImageBuilder;

beforeEach(async () => {
  folder = await temporaryFolder();
  for (const path of ['ada/.ssh', 'build/context/files', 'bin']) await mkdir(join(folder, path), { recursive: true });
  await writeFile(join(folder, 'ada/.ssh/id_ed25519'), 'planted secret\n');
  await writeFile(join(folder, 'build/context/Dockerfile'), 'FROM scratch\n');
  const program = join(folder, 'bin/buildah');
  await writeFile(program, '#!/bin/sh\necho "$@"; cat Dockerfile; exit 4\n');
  await chmod(program, 0o755);
  builder = { name: 'buildah', program };
});

async function run(script: string, options: Partial<Parameters<typeof runHook>[0]> = {}) {
  const output: string[] = [];
  const context = join(folder, 'build/context');
  const reason = await runHook({
    hook: { path: 'hooks/build', bytes: Buffer.from(`#!/bin/bash\n${script}\n`), executable: false },
    folder: join(folder, 'build'),
    folders: { context, environment: { PATH: '/usr/bin:/bin' } },
    builder,
    variables: { IMAGE_NAME: 'lab/stack:v1' },
    path: '/usr/bin:/bin',
    signal: undefined,
    onLine: (line) => void output.push(line),
    ...options,
  });
  return { output, reason };
}

describe.skipIf(!canRun)('a hostile hook', () => {
  // Each succeeds without a sandbox.
  test.each([
    ['reads keys of the user', async () => `cat ${folder}/ada/.ssh/id_ed25519`, 'planted secret'],
    [
      'connects to a service of the machine',
      async () => `cat < /dev/tcp/127.0.0.1/${await loopbackService()}`,
      'connected',
    ],
    [
      'reads the environment of another process',
      async () => `tr '\\0' '\\n' < /proc/${stranger()}/environ`,
      'PLANTED=planted secret',
    ],
    ['writes outside of its build', async () => `touch ${folder}/ada/planted && ls ${folder}/ada`, 'planted'],
  ])('never %s', async (_, attempt, stolen) => {
    const script = `{ ${await attempt()}; } 2>/dev/null || true`;
    expect((await run(script)).output).not.toContain(stolen);
    const reasons: string[] = [];
    const onUnsandboxed = (reason: string) => void reasons.push(reason);
    const control = await run(script, { sandbox: none, mode: 'never', onUnsandboxed });
    expect(control.output).toContain(stolen);
    expect(reasons).toEqual([none.reason]);
  });

  test('has the builder read nothing outside of the context, not even by a link', async () => {
    const link = `ln -s ${folder}/ada/.ssh linked`;
    const { output } = await run(
      `${link}; docker build -f linked/id_ed25519 .; docker build -v /:/host .; docker run x`,
    );
    expect(output).toEqual([
      'docker: `linked/id_ed25519` leads out of the context of the image',
      'docker: hooks cannot use `-v` of `docker build`',
      'docker: hooks cannot call `docker run`; the Dockerfile may do that work',
    ]);
  });
});

test('the docker of a hook has the output and the exit status of the builder', async () => {
  const { output, reason } = await run('docker build -t "$IMAGE_NAME" . && echo built', { mode: 'never' });
  expect(output).toEqual(['build --tag=lab/stack:v1 --file Dockerfile .', 'FROM scratch']);
  expect(reason).toBe('status 4');
});

test('without a sandbox a hook does not run, and the error has the fix', async () => {
  await expect(run('echo ran', { sandbox: none })).rejects.toMatchObject({
    code: 'IMAGE_HOOK_UNSANDBOXED',
    message: expect.stringContaining(none.reason) as string,
    hint: expect.stringContaining('Install bubblewrap.') as string,
  });
});
