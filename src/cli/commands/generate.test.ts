import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { load } from 'js-yaml';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { collectedTerminal } from '../../../test/support/collected-terminal.ts';
import { signedMirror } from '../../../test/support/signed-mirror.ts';
import { readEnvironment, readLockfile, writeLockfile } from '../../spack/index.ts';
import { main } from '../main.ts';

const bump = join(import.meta.dirname, '../../../test/fixtures/spack/spack-0.23-bump');
const zlibNg = '564ck2v';
let cwd = '';
let env: Record<string, string> = {};

beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'slipway-generate-'));
  env = { CI_JOB_NAME: 'generate', CI_PIPELINE_ID: '7' };
  await cp(join(bump, 'spack.yaml'), join(cwd, 'spack.yaml'));
  await cp(join(bump, 'after.lock'), join(cwd, 'spack.lock'));
  await mkdir(join(cwd, 'scope'));
  await writeFile(
    join(cwd, 'scope/ci.yaml'),
    'ci:\n  pipeline-gen:\n  - build-job: { tags: [lab] }\n  - submapping:\n    - match: [zlib-ng@2]\n      build-job: { tags: [big] }\n',
  );
});

afterEach(() => rm(cwd, { recursive: true }));

const slipway = (...words: string[]) => run('generate', ...words);

async function run(command: 'generate' | 'plan', ...words: string[]) {
  const { terminal, stdout, stderr } = collectedTerminal();
  const all = [command, '--lock', 'spack.lock', ...words];
  const exitCode = await main(all, { env, cwd, terminal, signal: new AbortController().signal });
  return { exitCode, stdout: stdout(), stderr: stderr() };
}

interface Needing {
  readonly needs?: readonly { readonly job: string; readonly pipeline?: string }[];
}

const pipeline = (name = 'jobs_scratch_dir/pipeline.yml') => readFile(join(cwd, name), 'utf8');
const git = (words: readonly string[], folder = cwd) =>
  execa('git', ['-c', 'user.name=a', '-c', 'user.email=a@b.c', ...words], { cwd: folder });

describe('slipway generate', () => {
  test('takes rules from further scopes, which the jobs’ environment then includes', async () => {
    const { exitCode } = await slipway('--config-scope', 'scope', '--script', 'spack');
    expect(exitCode).toBe(0);
    const text = await pipeline();
    expect(text).toMatch(new RegExp(`^zlib-ng@2.2.1 /${zlibNg} %gcc@12.2.0[^]*?tags:\\n +- lab\\n +- big`, 'm'));
    expect(text).toContain('spack ci rebuild');
    expect(text).toContain('SPACK_CHECKOUT_VERSION');
    const left = await pipeline('jobs_scratch_dir/concrete_environment/spack.yaml');
    expect(left).toContain('- ../../scope');
    expect(readEnvironment(left, 'spack.yaml').diagnostics).toEqual([]);
  });

  test('reports packages and compilers of an old stack that get no jobs', async () => {
    const text = `spack:
  definitions: [{ compilers: [gcc@6.5.0 os=ubuntu18.04] }]
  specs: [zlib-ng]
  gitlab-ci:
    bootstrap: [compilers]
    mappings: [{ match: [zlib-ng, os=ubuntu18.04], runner-attributes: { tags: [lab] } }]
`;
    await writeFile(join(cwd, 'spack.yaml'), text);
    const { exitCode, stderr } = await slipway();
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/^No mapping of the stack matches these packages, which get no jobs: .*, libpng\b.*\.$/m);
    expect(stderr).toMatch(/^Mappings of `os=ubuntu18.04` match no package: the lock is for \w+\.$/m);
    expect(stderr).toContain(
      'The lock does not hold these compilers of `compilers`, which get no jobs: gcc@6.5.0 os=ubuntu18.04. To have them,',
    );
  });

  test('forwards the Spack to clone to every job, and explains every package', async () => {
    env['SPACK_REF'] = 'v0.23.0';
    const { stdout } = await slipway('--spack-repo', 'https://example.org/spack.git', '--explain');
    const text = await pipeline();
    expect(text).toContain('SPACK_REPO: https://example.org/spack.git');
    expect(text).toContain('SPACK_REF: v0.23.0');
    expect(stdout).toContain('zlib-ng@2.2.1 /564ck2v  (missing, after gcc-runtime)');
    expect(text).toContain('# never cmake@3.25.1');
  });

  test('skips what a change does not touch, to the requested depth, as `slipway plan` does', async () => {
    await git(['init', '-q']);
    await mkdir(join(cwd, 'packages/zlib-ng'), { recursive: true });
    await git(['add', 'spack.yaml', 'spack.lock']);
    await git(['commit', '-q', '-m', 'one']);
    await writeFile(join(cwd, 'packages/zlib-ng/package.py'), '');
    await git(['add', 'packages']);
    await git(['commit', '-q', '-m', 'two']);
    env = { ...env, SPACK_PRUNE_UNTOUCHED: 'True', SPACK_PRUNE_UNTOUCHED_DEPENDENT_DEPTH: '0' };
    const built = async () => {
      const { stdout } = await slipway('--json');
      const { packages } = JSON.parse(stdout) as { packages: { name: string; build: boolean; reason: string }[] };
      expect(JSON.parse((await run('plan', '--json')).stdout)).toMatchObject({ packages });
      expect(packages.find(({ name }) => name === 'json-c')?.reason).toBe('untouched by the change');
      return packages.filter(({ build }) => build).map(({ name }) => name);
    };
    expect(await built()).toEqual(['gcc-runtime', 'zlib-ng']);
    env['SPACK_PRUNE_UNTOUCHED_DEPENDENT_DEPTH'] = '1';
    expect(await built()).toEqual(['gcc-runtime', 'lz4', 'snappy', 'zlib-ng', 'zstd', 'c-blosc', 'libpng']);
    env['SPACK_PRUNE_UP_TO_DATE'] = 'False';
    expect((await slipway('--config-scope', 'scope')).exitCode).toBe(0);
    expect(await pipeline()).toMatch(/SPACK_REBUILD_CHECK_UP_TO_DATE: 'False'\n +SPACK_REBUILD_EVERYTHING: 'False'/);
  });

  test('refuses to build a package again that the lock does not have', async () => {
    env = { ...env, SLIPWAY_REBUILD: 'zlib-ngg' };
    const { stderr, exitCode } = await slipway();
    expect(stderr).toContain('SLIPWAY_REBUILD names `zlib-ngg`, which the lock does not build.');
    expect(stderr).toContain('Did you mean `zlib-ng`?');
    expect(exitCode).toBe(2);
  });

  test('fetches the commit before into a shallow clone, or reports why nothing is left out', async () => {
    const origin = join(cwd, 'origin');
    const clone = join(cwd, 'clone');
    await mkdir(join(origin, 'packages/zlib-ng'), { recursive: true });
    for (const file of ['spack.yaml', 'spack.lock']) await cp(join(cwd, file), join(origin, file));
    await git(['init', '-q'], origin);
    for (const text of ['one', 'two']) {
      await writeFile(join(origin, 'packages/zlib-ng/package.py'), text);
      await git(['add', '.'], origin);
      await git(['commit', '-q', '-m', text], origin);
    }
    env = { ...env, SPACK_PRUNE_UNTOUCHED: 'True', CI_PROJECT_DIR: clone };
    const cloned = async () => {
      await rm(clone, { recursive: true, force: true });
      await git(['clone', '-q', '--depth=1', `file://${origin}`, clone]);
      const { stdout, stderr } = await run('generate', '--env', clone, '--lock', join(clone, 'spack.lock'), '--json');
      const { packages } = JSON.parse(stdout) as { packages: { reason: string }[] };
      return { stderr, untouched: packages.filter(({ reason }) => reason === 'untouched by the change').length };
    };
    expect(await cloned()).toMatchObject({ untouched: 3, stderr: expect.not.stringContaining('leaves nothing out') });
    env['CI_MERGE_REQUEST_DIFF_BASE_SHA'] = '0'.repeat(39) + '1';
    const { untouched, stderr } = await cloned();
    expect(untouched).toBe(0);
    expect(stderr).toMatch(/SPACK_PRUNE_UNTOUCHED leaves nothing out: 0+1 cannot be compared with HEAD \(the clone is/);
  });

  test('compares with the mirrors of the stack if none is named, and reports which cannot be read', async () => {
    const lab = await signedMirror({ isSigned: false });
    await writeFile(join(cwd, 'spack.lock'), writeLockfile(lab.lock));
    const mirrors = { ours: { url: `file://${lab.folder}`, signed: false }, other: 'https://127.0.0.1:1/mirror' };
    await writeFile(join(cwd, 'spack.yaml'), JSON.stringify({ spack: { specs: ['gauge'], mirrors } }));
    const { stdout, stderr } = await slipway('--explain');
    expect(stdout).toContain(`keep   gauge@2.1 /${lab.gauge.hash.slice(0, 7)}  (on file://${lab.folder})`);
    expect(stderr).toContain('What the mirror `other` holds counts as missing');
    expect((await run('plan')).stdout).toContain(`(on file://${lab.folder})`);
    const absent = await slipway('--mirror', 'nothing');
    expect(absent.stdout).toContain('2 of 2 packages to build, 0 reused');
    expect(absent.stderr).toMatch(/^Mirror file:.* does not exist yet\.$/m);
    expect((await slipway('--env', 'scope')).stderr).toContain('[GENERATE_ENVIRONMENT_MISSING]');
    expect(await slipway('--lock', 'nothing')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('[FILE_UNREADABLE]'),
    });
  });

  test('compares with a mirror that further configuration names, and so does `slipway plan`', async () => {
    const lab = await signedMirror({ isSigned: false });
    await writeFile(join(cwd, 'spack.lock'), writeLockfile(lab.lock));
    const mirrors = { ours: { url: `file://${lab.folder}`, signed: false } };
    await writeFile(join(cwd, 'scope/mirrors.yaml'), JSON.stringify({ mirrors }));
    for (const command of ['generate', 'plan'] as const) {
      expect((await run(command)).stdout).toContain('2 of 2 packages to build, 0 reused');
      expect((await run(command, '--config-scope', 'scope')).stdout).toContain(
        'Nothing to build: 2 of 2 packages reused.',
      );
    }
  });

  test('queries allowed endpoints of dynamic mappings, and continues without those that do not answer', async () => {
    const queried: string[] = [];
    const server = createServer((request, response) => {
      queried.push(new URL(request.url ?? '', 'http://x').searchParams.get('spec') ?? '');
      const isZstd = queried.at(-1)?.startsWith('zstd@') === true;
      response.statusCode = isZstd ? 500 : 200;
      response.end(JSON.stringify({ variables: { KUBERNETES_CPU: '7' }, tags: ['never'] }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const mapping = {
      name: 'sizes',
      endpoint: `${url}/v1/sizes`,
      timeout: 60,
      allow: ['variables'],
      require: ['variables'],
    };
    await writeFile(
      join(cwd, 'scope/ci.yaml'),
      JSON.stringify({ ci: { 'pipeline-gen': [{ 'dynamic-mapping': mapping }, { 'build-job': { tags: ['lab'] } }] } }),
    );
    try {
      const { stderr } = await slipway('--config-scope', 'scope', '--dynamic-mapping', `${url}/v1`);
      expect(queried).toHaveLength(10);
      expect(queried).toContainEqual(expect.stringMatching(/^zlib-ng@2\.2\.1 \+compat.* arch=linux-\S+%gcc@12\.2\.0$/));
      expect(stderr).toContain('did not answer for zstd: status 500');
      const jobs = load(await pipeline()) as Record<string, { tags?: string[]; variables?: Record<string, string> }>;
      const job = (name: string) => Object.entries(jobs).find(([key]) => key.startsWith(`${name}@`))?.[1];
      expect(JSON.stringify(job('zlib-ng'))).not.toContain('never');
      expect(await pipeline()).toContain("KUBERNETES_CPU: '7'");
      expect(job('zstd')?.variables?.['KUBERNETES_CPU']).toBeUndefined();
      queried.length = 0;
      expect((await slipway('--config-scope', 'scope')).stderr).toContain('sizes is not queried');
      env['SPACK_CI_SKIP_DYNAMIC_MAPPING'] = 'si';
      await slipway('--config-scope', 'scope', '--dynamic-mapping', url);
      expect(queried).toEqual([]);
    } finally {
      server.close();
    }
  });

  test('refuses what is known to be broken, by name', async () => {
    await mkdir(join(cwd, 'broken'));
    const lock = JSON.parse(await pipeline('spack.lock')) as { concrete_specs: Record<string, { name: string }> };
    const [hash] = Object.entries(lock.concrete_specs).find(([, { name }]) => name === 'zstd') as [string, object];
    await writeFile(join(cwd, 'broken', hash), 'broken-spec: {}\n');
    await writeFile(join(cwd, 'scope/ci.yaml'), `ci:\n  broken-specs-url: file://${cwd}/broken\n  pipeline-gen: []\n`);
    const { exitCode, stderr } = await slipway('--config-scope', 'scope');
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/broken.*zstd@1.5.6/);
    expect((await slipway('--config-scope', 'scope', '--no-prune')).exitCode).toBe(0);
    env['SPACK_PRUNE_UP_TO_DATE'] = 'False';
    expect((await slipway('--config-scope', 'scope')).exitCode).toBe(0);
    env = { SPACK_PIPELINE_TYPE: 'spack_copy_only' };
    const mirrors = ['buildcache-source', 'buildcache-destination'].map((name) => `  ${name}: file://${cwd}/none\n`);
    await writeFile(join(cwd, 'scope/mirrors.yaml'), `mirrors:\n${mirrors.join('')}`);
    expect((await slipway('--config-scope', 'scope')).exitCode).toBe(0);
  });

  test('leaves nothing out where a change touches no recipe, or what the stack includes', async () => {
    await mkdir(join(cwd, 'stack/configs'), { recursive: true });
    await writeFile(join(cwd, 'stack/configs/packages.yaml'), 'packages: {}\n');
    await writeFile(join(cwd, 'stack/spack.yaml'), 'spack: { specs: [zlib-ng], include: [configs] }\n');
    await git(['init', '-q']);
    await git(['add', '.']);
    await git(['commit', '-q', '-m', 'one']);
    env['SPACK_PRUNE_UNTOUCHED'] = 'True';
    const builtAfter = async (files: Readonly<Record<string, string>>) => {
      for (const [path, text] of Object.entries(files)) {
        await mkdir(dirname(join(cwd, path)), { recursive: true });
        await writeFile(join(cwd, path), text);
      }
      await git(['add', ...Object.keys(files)]);
      await git(['commit', '-q', '-m', 'more']);
      const { stdout, stderr } = await slipway('--env', 'stack', '--json');
      notes.push(/leaves nothing out: (.*)/.exec(stderr)?.[1]);
      return (JSON.parse(stdout) as { packages: { build: boolean }[] }).packages.filter(({ build }) => build).length;
    };
    const notes: (string | undefined)[] = [];
    const all = await builtAfter({ 'README.md': 'hello' });
    expect(await builtAfter({ 'packages/zlib_ng/package.py': '1' })).toBeLessThan(all);
    expect(await builtAfter({ 'packages/zlib_ng/package.py': '2', 'stack/configs/packages.yaml': '' })).toBe(all);
    expect(notes).toEqual([
      'the change touches no recipe.',
      undefined,
      'the change touches the stack or its configuration.',
    ]);
  });

  test('lists what is to be copied to another mirror, and needs its source', async () => {
    env = { ...env, SPACK_COPY_BUILDCACHE: 's3://other/', SPACK_CI_STACK_NAME: 'lab' };
    expect(await slipway()).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('SPACK_COPY_BUILDCACHE') });
    await slipway('--mirror', 'file:///ours');
    const list = JSON.parse(await pipeline('jobs_scratch_dir/specs_to_copy/copy_lab_specs.json')) as object;
    const { hash } = [...readLockfile(await pipeline('spack.lock'), 'spack.lock').nodes.values()].find(
      ({ name }) => name === 'zlib-ng',
    ) as { hash: string };
    const stem = `linux-debian12-x86_64_v3-gcc-12.2.0-zlib-ng-2.2.1-${hash}`;
    expect(list).toMatchObject({
      [hash]: [
        { src: `file:///ours/build_cache/${stem}.spec.json.sig`, dest: `s3://other/build_cache/${stem}.spec.json.sig` },
        { dest: `s3://other/build_cache/linux-debian12-x86_64_v3/gcc-12.2.0/zlib-ng-2.2.1/${stem}.spack` },
      ],
    });
  });

  test('pushes the pipeline as a commit where another repository runs it', async () => {
    await git(['init', '-q', '--bare', 'other.git']);
    await git(['init', '-q']);
    await git(['add', 'spack.yaml']);
    await git(['commit', '-q', '-m', 'one']);
    env = { ...env, DOWNSTREAM_CI_REPO: join(cwd, 'other.git'), CI_COMMIT_REF_NAME: 'topic' };
    const { stdout } = await slipway('--json', '--artifacts-root', join(cwd, 'jobs_scratch_dir'));
    const { downstream } = JSON.parse(stdout) as { downstream: string };
    const other = join(cwd, 'other.git');
    expect((await git(['rev-parse', 'slipway-topic'], other)).stdout).toBe(downstream);
    const { stdout: files } = await git(['ls-tree', '-r', '--name-only', downstream], other);
    expect(files.split('\n')).toEqual([
      '.gitlab-ci.yml',
      'jobs_scratch_dir/concrete_environment/spack.lock',
      'jobs_scratch_dir/concrete_environment/spack.yaml',
      'spack.yaml',
    ]);
    expect(await pipeline()).toContain('- job: generate\n');
    const sent = load((await git(['show', `${downstream}:.gitlab-ci.yml`], other)).stdout) as Record<string, Needing>;
    const needs = Object.values(sent).flatMap((one) => one.needs ?? []);
    expect(needs.length).toBeGreaterThan(0);
    expect(needs.filter(({ job, pipeline: id }) => id !== undefined || !(job in sent))).toEqual([]);
    expect((await git(['status', '--porcelain', '--', 'spack.yaml'])).stdout).toBe('');
    env['DOWNSTREAM_CI_REPO'] = join(cwd, 'nowhere.git');
    env['SLIPWAY_REPRODUCTION'] = 'true';
    expect(await slipway()).toMatchObject({ exitCode: 0 });
    env['SLIPWAY_REPRODUCTION'] = 'false';
    expect(await slipway()).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('could not be pushed to') });
  });

  test.each([
    ['  include: [https://example.org/ci.yaml]\n', 'includes https://example.org/ci.yaml, which is not a local file'],
    ['  include: [nowhere]\n', 'There is no configuration file or folder at'],
    ['  ci: { pipeline-gen: [{ other: 1 }] }\n', 'Section `ci.pipeline-gen.0`'],
    ['  include: ["$NOWHERE/x"]\n', 'The variable NOWHERE in the include $NOWHERE/x is not set'],
  ])('refuses %j with the reason', async (lines, message) => {
    await writeFile(join(cwd, 'spack.yaml'), `spack:\n  specs: [zlib-ng]\n${lines}`);
    const { exitCode, stderr } = await slipway();
    expect(exitCode).toBe(2);
    expect(stderr).toContain(message);
  });
});
