import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { collectedTerminal } from '../../../test/support/collected-terminal.ts';
import { systemClock } from '../../kit/index.ts';
import { folderStore, listEntries, migrateMirror, v2Layout, v3Layout } from '../../mirror/index.ts';
import { createSigner, exportSigningKey, generateKey } from '../../notary/index.ts';
import { lockDigest, manifestKey, readLockfile, type SpecNode } from '../../spack/index.ts';
import { main } from '../main.ts';

let folder: string;
let project: string;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'slipway-rebuild-')));
  project = join(folder, 'project');
  write('spack.yaml', 'spack:\n  specs: [zoo]\n');
  write('recipes/lion.yaml', 'name: lion\nversion: "1"\ninstall: echo Roar > "$PREFIX/roar"\n');
  write(
    'recipes/zoo.yaml',
    'name: zoo\nversion: "2"\ndepends: { link: [lion] }\ninstall: cp "$DEP_LION/roar" "$PREFIX/sound"\n',
  );
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(project, path)), { recursive: true });
  writeFileSync(join(project, path), text);
}

async function slipway(words: readonly string[], variables: Readonly<Record<string, string>> = {}) {
  const collected = collectedTerminal();
  const env = {
    CI_PROJECT_DIR: project,
    SLIPWAY_CACHE: join(folder, 'cache'),
    SLIPWAY_MIRROR: join(folder, 'mirror'),
    ...variables,
  };
  const { signal } = new AbortController();
  const exitCode = await main(words, { env, cwd: project, terminal: collected.terminal, signal });
  return { exitCode, stdout: collected.stdout(), stderr: collected.stderr() };
}

function nodes(): Readonly<Record<string, SpecNode>> {
  const path = join(project, 'jobs_scratch_dir/concrete_environment/spack.lock');
  const all = [...readLockfile(readFileSync(path, 'utf8'), path).nodes.values()];
  return Object.fromEntries(all.map((node) => [node.name, node]));
}

async function rebuild(name: string, variables: Readonly<Record<string, string>> = {}) {
  const hash = nodes()[name]?.hash ?? '';
  const concrete = 'jobs_scratch_dir/concrete_environment';
  return slipway(['rebuild'], { SPACK_JOB_SPEC_DAG_HASH: hash, SPACK_CONCRETE_ENV_DIR: concrete, ...variables });
}

async function entries(mirror: string): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const entry of listEntries(folderStore(join(folder, mirror)))) names.push(entry.name);
  return names.toSorted();
}

describe('slipway generate', () => {
  test('leaves the lock under the names of Spack, and a pipeline of what is missing', async () => {
    const { exitCode, stdout } = await slipway(['generate', '--json'], {
      CI_JOB_NAME: 'generate',
      CI_PIPELINE_ID: '7',
    });
    expect(exitCode).toBe(0);
    const lock = readFileSync(join(project, 'jobs_scratch_dir/concrete_environment/spack.lock'));
    expect(JSON.parse(stdout)).toMatchObject({ lockDigest: lockDigest(lock), build: 2, keep: 0 });
    const pipeline = readFileSync(join(project, 'jobs_scratch_dir/pipeline.yml'), 'utf8');
    expect(pipeline).toContain("  needs:\n    - job: generate\n      pipeline: '7'\n");
  });

  test('reports the faults of the environment with their positions, and leaves nothing', async () => {
    write('spack.yaml', 'spack:\n  specs: [zoo, tiger]\n');
    const { exitCode, stderr } = await slipway(['generate']);
    expect(exitCode).toBe(2);
    expect(stderr).toBe(
      'spack.yaml:2:16: error: There is no recipe for `tiger`. [RECIPE_NOT_FOUND]\n  hint: Write recipes/tiger.yaml, or name one of lion, zoo.\n',
    );
    expect(readdirSync(project)).not.toContain('jobs_scratch_dir');
  });
});

describe('slipway rebuild', () => {
  test('builds from the binaries of the mirror, pushes, and leaves a log', async () => {
    await slipway(['generate']);
    expect(await rebuild('lion')).toMatchObject({ exitCode: 0 });
    expect(await rebuild('zoo')).toMatchObject({ exitCode: 0 });
    expect(await entries('mirror')).toEqual(['lion', 'zoo']);
    expect((await slipway(['generate'])).stdout).toBe('Nothing to build: 2 of 2 packages reused.\n');
    const hash7 = nodes().zoo?.hash.slice(0, 7);
    const log = readFileSync(join(project, `jobs_scratch_dir/logs/zoo-${hash7}.txt`), 'utf8');
    expect(log).toContain('$ cp "$DEP_LION/roar" "$PREFIX/sound"\n');
    expect(readdirSync(join(project, '.slipway'))).toEqual([]);
  });

  test('has nothing to do for what is on the mirror', async () => {
    await slipway(['generate']);
    await rebuild('lion');
    const again = await rebuild('lion');
    expect(again.exitCode).toBe(0);
    expect(again.stderr).toMatch(/^lion@1 \/\w{7} is already on .*: nothing to rebuild\n$/);
  });

  test('keeps a mirror in the layouts that it has, each entry signed, and reads what it needs from there', async () => {
    const mirror = folderStore(join(folder, 'mirror'));
    await mirror.put('build_cache/index.json', Buffer.from('{}'));
    const key = await generateKey({ name: 'Lab', date: new Date(systemClock.now()), algorithm: 'ed25519' });
    const signing = { SPACK_SIGNING_KEY: exportSigningKey(key).reveal() };
    await slipway(['generate']);
    await rebuild('lion', signing);
    expect(await entries('mirror')).toEqual([]);
    expect(await rebuild('zoo', signing)).toMatchObject({ exitCode: 0 });
    expect((await slipway(['generate'])).stdout).toBe('Nothing to build: 2 of 2 packages reused.\n');
    expect((await rebuild('zoo')).stderr).toContain('is already on');
    expect((await slipway(['mirror', 'index', join(folder, 'mirror')])).exitCode).toBe(0);
    const indexed = JSON.parse(readFileSync(join(folder, 'mirror/build_cache/index.json'), 'utf8'));
    const { lion, zoo } = nodes();
    expect(new Set(Object.keys(indexed.database.installs))).toEqual(new Set([lion?.hash, zoo?.hash]));
    expect(readdirSync(join(folder, 'mirror'))).toEqual(['build_cache']);

    await mirror.put('v3/layout.json', Buffer.from('{"signing": "gpg"}'));
    await slipway(['generate']);
    await rebuild('lion', signing);
    expect(await entries('mirror')).toEqual(['lion']);
    const files = readdirSync(join(folder, 'mirror/build_cache'));
    const specFiles = files.filter((name) => name.includes('.spec.json'));
    expect(specFiles).toHaveLength(2);
    for (const name of specFiles)
      expect(readFileSync(join(folder, 'mirror/build_cache', name), 'utf8')).toContain('BEGIN PGP SIGNED MESSAGE');
  });

  test('ends with 1 when a step fails, and the mirror is as it was', async () => {
    write('recipes/lion.yaml', 'name: lion\nversion: "1"\ninstall: [echo Cough, exit 9]\n');
    await slipway(['generate']);
    const { exitCode, stderr } = await rebuild('lion');
    expect(exitCode).toBe(1);
    expect(stderr).toContain(
      'error: Package `lion` failed in step `install` (recipes/lion.yaml:3:1) with exit status 9 at `exit 9`. [BUILD_STEP_FAILED]\n  | Cough\n',
    );
    expect(await entries('mirror')).toEqual([]);
  });

  test('a log that cannot be written is reported, and fails no build', async () => {
    await slipway(['generate']);
    const { hash } = nodes()['lion'] as SpecNode;
    mkdirSync(join(project, 'jobs_scratch_dir/logs'), { recursive: true });
    symlinkSync('/dev/full', join(project, `jobs_scratch_dir/logs/lion-${hash.slice(0, 7)}.txt`));
    const { exitCode, stderr } = await rebuild('lion');
    expect(stderr).toContain('warning: The log is not kept: ENOSPC');
    expect(exitCode).toBe(0);
    expect(await entries('mirror')).toEqual(['lion']);
  });

  test('ends with 100 when the package was built but could not be pushed', async () => {
    await slipway(['generate']);
    writeFileSync(join(folder, 'mirror'), 'This file is where the folder of the mirror should be.');
    const { exitCode, stderr } = await rebuild('lion');
    expect({ exitCode, code: /BUILD_PUSH_FAILED/.exec(stderr)?.[0] ?? stderr }).toEqual({
      exitCode: 100,
      code: 'BUILD_PUSH_FAILED',
    });
  });

  test('reports a mirror that does not answer as the failure of this package, in a file for programs too', async () => {
    await slipway(['generate']);
    const gone = { SLIPWAY_MIRROR: 's3://gone', S3_ENDPOINT_URL: 'http://127.0.0.1:9' };
    const { exitCode, stderr } = await rebuild('lion', { ...gone, AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^error: lion@1 could not be built \[mirror\]: .*s3:\/\/gone/m);
    const report = readFileSync(join(project, 'jobs_scratch_dir/logs/rebuild.json'), 'utf8');
    expect(JSON.parse(report)).toMatchObject({ name: 'lion', done: 'failed', class: 'mirror' });
  });

  test('reports a dependency that no mirror has', async () => {
    await slipway(['generate']);
    const { exitCode, stderr } = await rebuild('zoo');
    expect(exitCode).toBe(1);
    expect(stderr).toContain(
      `is on none of the mirrors (file://${join(folder, 'mirror')}). [BUILD_DEPENDENCY_MISSING]`,
    );
  });

  test.each<Readonly<Record<string, string>>>([{}, { SLIPWAY_TRUST: 'pull-request' }])(
    'takes a dependency from a mirror in layout v2 alone, with %j',
    async (variables) => {
      await slipway(['generate']);
      await rebuild('lion');
      const [from, to] = ['mirror', 'old'].map((name) => folderStore(join(folder, name)));
      const read = { requireSignature: false };
      for await (const _ of migrateMirror(v3Layout(from!), v2Layout(to!), { read, scratch: folder }));
      const { exitCode, stderr } = await rebuild('zoo', { ...variables, SLIPWAY_MIRROR: join(folder, 'old') });
      expect(exitCode, stderr).toBe(0);
      // A pull request's job has begun layout v3 there.
      const again = await rebuild('zoo', {
        ...variables,
        SLIPWAY_MIRROR: join(folder, 'old'),
        SPACK_REBUILD_EVERYTHING: 'True',
      });
      expect(again.exitCode, again.stderr).toBe(0);
    },
  );

  test("a pull request takes the protected mirror's binaries if they are signed, and pushes to its own", async () => {
    const key = await generateKey({ name: 'Lab', date: new Date(systemClock.now()), algorithm: 'ed25519' });
    const signer = createSigner(key);
    const pull = {
      SLIPWAY_TRUST: 'pull-request',
      SLIPWAY_MIRROR: join(folder, 'own'),
      SLIPWAY_MIRROR_SOURCE: join(folder, 'mirror'),
      SLIPWAY_TRUSTED_KEYS: signer.publicKey,
    };
    await slipway(['generate']);
    await rebuild('lion');
    expect((await slipway(['generate'], pull)).stdout).toContain('2 of 2 packages to build, 0 reused');

    const protectedMirror = folderStore(join(folder, 'mirror'));
    const manifest = manifestKey(nodes().lion as SpecNode);
    const unsigned = (await protectedMirror.get(manifest))?.toString() ?? '';
    await protectedMirror.put(manifest, Buffer.from(await signer.sign(unsigned)));
    expect((await slipway(['generate'], pull)).stdout).toContain('1 of 2 packages to build, 1 reused');
    expect(await rebuild('zoo', pull)).toMatchObject({ exitCode: 0 });
    expect(await entries('own')).toEqual(['zoo']);
    expect(await entries('mirror')).toEqual(['lion']);
  });

  test('a protected job does not count an unsigned entry, nor work without trusted keys', async () => {
    await slipway(['generate']);
    await rebuild('lion');
    const { exitCode, stderr } = await slipway(['generate'], { SLIPWAY_TRUST: 'protected' });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('GENERATE_KEYS_MISSING');
  });

  test('names the variable that a job lacks', async () => {
    const { exitCode, stderr } = await slipway(['rebuild']);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('The variable SPACK_JOB_SPEC_DAG_HASH is not set');
  });

  test('leaves what it takes to run the job again, and nothing of the jobs before it', async () => {
    await slipway(['generate']);
    write('jobs_scratch_dir/logs/of-another-job.txt', 'old');
    await rebuild('lion', { SPACK_JOB_REPRO_DIR: 'jobs_scratch_dir/reproduction', CI_JOB_NAME: 'lion@1' });
    const read = (name: string) => readFileSync(join(project, 'jobs_scratch_dir/reproduction', name), 'utf8');
    const left = readdirSync(join(project, 'jobs_scratch_dir/reproduction')).toSorted();
    const own = ['lion.json', 'repro.json'];
    expect(left).toEqual([...own, 'lock-inputs.json', 'pipeline.yml', 'spack.lock', 'spack.yaml'].toSorted());
    expect(JSON.parse(read('repro.json'))).toEqual({
      job_name: 'lion@1',
      job_spec_json: 'lion.json',
      ci_project_dir: project,
    });
    expect(JSON.parse(read('lion.json'))).toMatchObject({
      spec: { nodes: [{ name: 'lion', hash: nodes().lion?.hash }] },
    });
    expect(readdirSync(join(project, 'jobs_scratch_dir/logs'))).not.toContain('of-another-job.txt');
  });

  test('reports to programs: the class of a failure, and its first line', async () => {
    write('recipes/lion.yaml', 'name: lion\nversion: "1"\ninstall: [exit 9]\n');
    await slipway(['generate']);
    await rebuild('lion');
    const text = readFileSync(join(project, 'jobs_scratch_dir/logs/rebuild.json'), 'utf8');
    expect(JSON.parse(text)).toMatchObject({ name: 'lion', done: 'failed', class: 'compile', phase: 'install' });
  });

  test('keeps the list of what is known to be broken, on protected branches', async () => {
    const listed = () => readdirSync(join(folder, 'broken')).filter((name) => !name.startsWith('.'));
    mkdirSync(join(folder, 'broken'));
    write(
      'spack.yaml',
      `spack:\n  specs: [zoo]\n  ci: { broken-specs-url: "file://${folder}/broken", pipeline-gen: [] }\n`,
    );
    write('recipes/lion.yaml', 'name: lion\nversion: "1"\ninstall: [exit 9]\n');
    await slipway(['generate']);
    await rebuild('lion', { SPACK_PIPELINE_TYPE: 'spack_pull_request' });
    await rebuild('lion', { SPACK_PIPELINE_TYPE: 'spack_protected_branch', SLIPWAY_REPRODUCTION: 'true' });
    expect(listed()).toEqual([]);
    await rebuild('lion', { SPACK_PIPELINE_TYPE: 'spack_protected_branch' });
    expect(listed()).toEqual([nodes().lion?.hash]);
  });

  test('signs with SPACK_SIGNING_KEY where no server does, and fails early where a key is required', async () => {
    const key = await generateKey({ name: 'Lab', date: new Date(systemClock.now()), algorithm: 'ed25519' });
    await slipway(['generate']);
    const without = await rebuild('lion', { SPACK_REQUIRE_SIGNING: 'True' });
    expect(without).toMatchObject({ exitCode: 1 });
    expect(without.stderr).toContain('SPACK_SIGNING_KEY is not set');
    await rebuild('lion', { SPACK_REQUIRE_SIGNING: 'True', SPACK_SIGNING_KEY: exportSigningKey(key).reveal() });
    const manifest = await folderStore(join(folder, 'mirror')).get(manifestKey(nodes().lion as SpecNode));
    expect(manifest?.toString()).toContain('BEGIN PGP SIGNED MESSAGE');
  });
});
