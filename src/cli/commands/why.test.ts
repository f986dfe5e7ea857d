import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fixture } from '../../../test/fixtures/spack/fixtures.ts';
import { editedLock } from '../../../test/support/edited-lock.ts';
import { signedMirror, type SignedMirror } from '../../../test/support/signed-mirror.ts';
import { dataFolder } from '../../coordinator/index.ts';
import { folderStore, pushPackage, v2Layout } from '../../mirror/index.ts';
import { readLockfile, writeLockfile } from '../../spack/index.ts';
import { Database } from '../../store/index.ts';
import { collectedTerminal } from '../../../test/support/collected-terminal.ts';
import { main } from '../main.ts';

const bump = join(import.meta.dirname, '../../../test/fixtures/spack/spack-0.23-bump');
let cwd = '';

/** A repository whose last commit has the lock before the bump, and whose folder has the one after it. */
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'slipway-why-'));
  const git = (...words: string[]) => execa('git', ['-c', 'user.name=a', '-c', 'user.email=a@b.c', ...words], { cwd });
  await git('init', '-q');
  await cp(join(bump, 'spack.yaml'), join(cwd, 'spack.yaml'));
  await cp(join(bump, 'before.lock'), join(cwd, 'spack.lock'));
  await git('add', '.');
  await git('commit', '-q', '-m', 'Before');
  await cp(join(bump, 'after.lock'), join(cwd, 'spack.lock'));
});

afterEach(() => rm(cwd, { recursive: true }));

async function slipway(...words: string[]) {
  const { terminal, stdout, stderr } = collectedTerminal();
  const exitCode = await main(words, { env: {}, cwd, terminal, signal: new AbortController().signal });
  return { exitCode, stdout: stdout(), stderr: stderr() };
}

/** A folder with the same packages in layout v2 alone. */
async function inLayoutV2({ lock, gauge, tide, tarballs }: SignedMirror): Promise<string> {
  const folder = join(cwd, 'v2');
  const layouts = [v2Layout(folderStore(folder, { durable: false }))];
  await pushPackage(layouts, { lock, hash: tide.hash, tarball: tarballs.tide });
  await pushPackage(layouts, { lock, hash: gauge.hash, tarball: tarballs.gauge });
  return folder;
}

const lock = ['--lock', 'spack.lock'];

describe('slipway why', () => {
  test('shows the root cause against the last commit', async () => {
    const { exitCode, stdout } = await slipway('why', 'libpng', ...lock);
    expect(exitCode).toBe(0);
    expect(stdout).toMatchInlineSnapshot(`
      "libpng@1.6.39 /atapzpw (was /dtjcoo7): zlib-ng (version 2.1.6 → 2.2.1)
        not as before: zlib-ng@2.2.1 /564ck2v
      "
    `);
  });

  test('shows what mirrors have of it', async () => {
    const lab = await signedMirror({ isSigned: false });
    await writeFile(join(cwd, 'before.lock'), writeLockfile(lab.lock));
    const words = ['why', 'gauge', '--lock', 'before.lock', '--against', 'before.lock'];
    expect((await slipway(...words, '--mirror', lab.folder)).stdout).toContain(`  keep: on file://${lab.folder}\n`);
    const { stdout } = await slipway(...words, '--mirror', join(cwd, 'empty'), '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      packages: [{ name: 'gauge', build: true, decision: expect.stringContaining('missing') as string }],
    });
  });

  test('reports if nothing changed, and the causes as JSON', async () => {
    expect((await slipway('why', 'lz4', ...lock)).stdout).toContain('the same hash as in HEAD; nothing changed');
    const { stdout } = await slipway('why', 'c-blosc', ...lock, '--against', join(bump, 'before.lock'), '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      packages: [{ name: 'c-blosc', roots: [{ name: 'zlib-ng', path: ['c-blosc', 'zlib-ng'] }] }],
    });
  });

  test.each([
    [['why', 'nowhere', ...lock], 'No package of the lock matches `nowhere`'],
    [['why', 'nowhere', ...lock, '--against', 'HEAD^'], 'No package of the lock matches `nowhere`'],
    [['why', 'zlib-ng', ...lock, '--against', 'nowhere'], '`nowhere` is neither a commit'],
    [['why', 'zlib-ng', ...lock, '--against', '--output=x'], 'is neither a commit'],
  ])('%j is refused with the reason', async (words, message) => {
    const { exitCode, stderr } = await slipway(...words);
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain(message);
  });
});

describe('slipway plan --against', () => {
  test('shows for each build why its hash changed, how long it takes and what it adds', async () => {
    await writeFile(join(cwd, 'times'), 'zlib-ng 20\nlibpng 10\n');
    const words = ['plan', ...lock, '--against', 'HEAD', '--history', 'times', '--cores', '2'];
    const { exitCode, stdout } = await slipway(...words);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('build  zlib-ng@2.2.1 /564ck2v  (missing; version 2.1.6 → 2.2.1, after gcc-runtime)');
    expect(stdout).toContain('10 of 10 packages to build, 0 reused.');
    expect(stdout).toContain('About 110 s with 2 jobs at once');
    expect(stdout).toContain('never  cmake@3.25.1');
    expect(stdout).toMatch(
      /4 hashes differ from HEAD:\n {2}zlib-ng@2.2.1 \(version 2.1.6 → 2.2.1\): 3 hashes\n {2}yaml-cpp/,
    );
    expect(stdout).toContain('Adds an unknown size: no mirror has earlier versions of these packages.');
    const data = JSON.parse((await slipway(...words, '--json')).stdout) as {
      changed: unknown[];
      change: { time: object };
    };
    expect(data.changed).toHaveLength(4);
    expect(data.change.time).toMatchObject({ seconds: 110, unknown: 8, jobs: 2 });
  });

  test.each(['v3', 'v2'])(
    'adds up what the packages that are built again had on a mirror of %s, and which of that ends in the image',
    async (layout) => {
      const lab = await signedMirror({ isSigned: false });
      const folder = layout === 'v2' ? await inLayoutV2(lab) : lab.folder;
      const after = editedLock(lab.lock, (node) => (node.name === 'tide' ? { ...node, version: '1.1' } : node));
      await writeFile(join(cwd, 'before.lock'), writeLockfile(lab.lock));
      await writeFile(join(cwd, 'after.lock'), writeLockfile(after));
      const words = ['plan', '--lock', 'after.lock', '--against', 'before.lock', '--mirror', folder];
      const { changed, change } = JSON.parse((await slipway(...words, '--json')).stdout) as Record<string, unknown>;
      const size = lab.tarballs.gauge.size + lab.tarballs.tide.size;
      expect(change).toMatchObject({ bytes: { reused: 0, mirror: size, image: size, growth: 0, unknown: 0 } });
      expect(changed).toMatchObject([{ name: 'tide' }, { name: 'gauge', roots: [{ name: 'tide' }] }]);
      expect((await slipway(...words)).stdout).toMatch(
        /Adds about \d+\.\d kB to the mirror and \d+\.\d kB to the image\.\n$/,
      );
      const same = await slipway('plan', '--lock', 'before.lock', '--against', 'before.lock', '--mirror', folder);
      expect(same.stdout).toMatch(
        /Nothing to build: 2 of 2 packages reused \(\d+\.\d kB not rebuilt\).\nNo hash differs from before.lock.\nAdds nothing/,
      );
    },
  );

  test('shows another compiler once, not for each package that it builds', async () => {
    const before = readLockfile(fixture('spack-0.23-tutorial/spack.lock'), 'spack.lock');
    const after = editedLock(before, (node) =>
      node.compiler?.version === '11.4.0' ? { ...node, compiler: { ...node.compiler, version: '11.5.0' } } : node,
    );
    await writeFile(join(cwd, 'before.lock'), writeLockfile(before));
    await writeFile(join(cwd, 'after.lock'), writeLockfile(after));
    const { stdout } = await slipway('plan', '--lock', 'after.lock', '--against', 'before.lock');
    const change = 'compiler gcc@11.4.0 → gcc@11.5.0';
    expect(stdout).toContain(
      `137 hashes differ from before.lock:\n  137 packages (${change}): 137 hashes\nAdds an unknown size`,
    );
    expect(stdout).toMatch(
      /^build +gdbm@1.23 .*; compiler .* gcc@11.5.0, and the same in \d+ more of its dependencies, after/m,
    );
  });

  test('takes the times of a server’s jobs where no file is named', async () => {
    const { database: file } = dataFolder(join(cwd, 'slipway-data'));
    await mkdir(join(cwd, 'slipway-data'));
    const database = new Database(file);
    database.run('PRAGMA foreign_keys = OFF');
    database.run(
      `INSERT INTO job_runs (id, pipeline, name, attempt, makes, status, started_at, finished_at)
       VALUES (1, 1, 'a', 1, 'zlib-ng', 'success', '2026-11-25T10:00:00.000Z', '2026-11-25T10:01:40.000Z')`,
    );
    database.close();
    expect((await slipway('plan', ...lock, '--cores', '1')).stdout).toContain('About 17 min with 1 job at once (');
    expect((await slipway('plan', ...lock, '--cores', 'x')).stderr).toContain('It is not a number of cores');
    expect((await slipway('plan', ...lock, '--data', 'nowhere')).stderr).toContain('[STORE_NO_DATA]');
  });
});
