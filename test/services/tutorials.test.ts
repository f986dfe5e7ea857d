import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, readdir, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { packArchive, packNpm } from '../../scripts/release/pack.ts';
import { packageRoot } from '../../src/kit/package-root.ts';
import { freePort } from '../support/free-port.ts';
import { findPart } from '../support/part.ts';
import { removeFolder } from '../support/remove-folder.ts';
import { followTutorial, type Tutorial } from '../support/tutorial.ts';

const run = promisify(execFile);
const needed = ['tmux', 'bash', 'setpriv', 'git', 'cc', 'make', 'npm'];
const canFollow = needed.map((name) => findPart(name)).every((path) => path !== undefined);
const { version } = manifest;

const page = { page: 'docs/tutorials/first-image.md', test: 'test/services/tutorials.test.ts' };
const said = 'Hello! The square root of two is 1.414.';

describe.skipIf(!canFollow)('the tutorial of the first image', () => {
  let folder: string;
  let tarball: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-packed-'));
    await chmod(folder, 0o755);
    tarball = await packNpm(packageRoot(), { version, to: folder });
  });
  afterAll(() => removeFolder(folder));

  async function follow(tutorial: Pick<Tutorial, 'name' | 'without' | 'values' | 'env' | 'prepare'>): Promise<void> {
    const address = `127.0.0.1:${await freePort()}`;
    const values = { ...tutorial.values, '127.0.0.1:8080': address };
    const env = { ...tutorial.env, SLIPWAY_LISTEN: address };
    const { transcript, failed } = await followTutorial({ ...page, ...tutorial, values, env });
    expect({ failed, transcript }).toEqual({ failed: '', transcript: expect.stringContaining(`\n${said}`) as string });
  }

  test('leads from the npm package to a program that runs in its image', async () => {
    const registry = (await run('npm', ['config', 'get', 'registry'])).stdout.trim();
    const install = `npm install --global --prefix "$HOME/.local" ${tarball}\nexport PATH="$HOME/.local/bin:$PATH"`;
    await follow({
      name: 'first-image-npm',
      without: /^tar /,
      values: { 'npm install --global slipway': install },
      env: { npm_config_registry: registry, npm_config_ignore_scripts: 'true' },
    });
  });

  test('leads from the archive to the same where there is no Node.js', async () => {
    const scratch = await mkdtemp(join(folder, 'archive-'));
    const arch = process.arch === 'arm64' ? 'arm64' : 'x64';
    const { archive } = await packArchive(tarball, { version, to: folder, arch, scratch, epoch: 0 });
    const programs = join(folder, 'programs');
    await mkdir(programs);
    for (const name of await readdir('/usr/bin'))
      if (!ofNode.test(name)) await symlink(`/usr/bin/${name}`, join(programs, name));
    await follow({
      name: 'first-image-archive',
      without: /^npm /,
      values: { 'slipway-VERSION-linux-x64': basename(archive, '.tar.gz') },
      env: { PATH: programs },
      prepare: (work) => copyFile(archive, join(work, basename(archive))),
    });
  });
});

/** What a machine without Node.js lacks. */
const ofNode = /^(?:node|nodejs|npm|npx|corepack)$/;
