import { mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cdashStandIn, type CdashStandIn } from '../../../test/support/cdash.ts';
import { collectedTerminal } from '../../../test/support/collected-terminal.ts';
import { readJunit, summarizeTests, type TestSummary } from '../../report/index.ts';
import { readLockfile } from '../../spack/index.ts';
import { main } from '../../cli/index.ts';

let folder: string;
let project: string;
let cdash: CdashStandIn;
let served: Awaited<ReturnType<CdashStandIn['listen']>>;

beforeEach(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'slipway-report-')));
  project = join(folder, 'project');
  cdash = cdashStandIn({ project: 'Zoo', token: 'sesame' });
  served = await cdash.listen();
  stack({ group: 'Nightly' });
  write(
    'recipes/lion.yaml',
    'name: lion\nversion: "1"\ninstall: echo Roar > "$PREFIX/roar"\ntest: [test -f "$PREFIX/roar"]\n',
  );
  write(
    'recipes/zoo.yaml',
    'name: zoo\nversion: "2"\ndepends: { link: [lion] }\nbuild: "echo zoo.c:1:1: warning: old"\ninstall: cp "$DEP_LION/roar" "$PREFIX/sound"\n',
  );
});
afterEach(async () => {
  await served.close();
  rmSync(folder, { recursive: true, force: true });
});

function write(path: string, text: string): void {
  mkdirSync(dirname(join(project, path)), { recursive: true });
  writeFileSync(join(project, path), text);
}

function stack({ group, url = served.url, more = '' }: { group: string; url?: string; more?: string }): void {
  const cdashSection = `  cdash:\n    build-group: ${group}\n    url: ${url}\n    project: Zoo\n    site: lab\n`;
  write('spack.yaml', `spack:\n  specs: [zoo]\n${cdashSection}${more}`);
}

async function slipway(words: readonly string[], variables: Readonly<Record<string, string>> = {}) {
  const collected = collectedTerminal();
  const env = {
    CI_PROJECT_DIR: project,
    SLIPWAY_CACHE: join(folder, 'cache'),
    SLIPWAY_MIRROR: join(folder, 'mirror'),
    CI_COMMIT_SHA: 'c0ffee',
    CDASH_AUTH_TOKEN: 'sesame',
    ...variables,
  };
  const { signal } = new AbortController();
  const exitCode = await main(words, { env, cwd: project, terminal: collected.terminal, signal });
  return { exitCode, stderr: collected.stderr() };
}

async function rebuild(name: string, variables: Readonly<Record<string, string>> = {}) {
  const concrete = 'jobs_scratch_dir/concrete_environment';
  const path = join(project, concrete, 'spack.lock');
  const node = [...readLockfile(readFileSync(path, 'utf8'), path).nodes.values()].find((one) => one.name === name);
  const hash = node?.hash ?? '';
  return slipway(['rebuild'], { SPACK_JOB_SPEC_DAG_HASH: hash, SPACK_CONCRETE_ENV_DIR: concrete, ...variables });
}

async function junit(name: string): Promise<TestSummary> {
  const tests = join(project, 'jobs_scratch_dir/tests');
  const file = readdirSync(tests).find((one) => one.startsWith(name) && one.endsWith('.junit.xml')) ?? '';
  return summarizeTests(await readJunit(readFileSync(join(tests, file), 'utf8')));
}

describe('a stack with a section `cdash`', () => {
  test('has its group made, and each package reported when it is built, and only then', async () => {
    await slipway(['generate']);
    expect(cdash.requests.splice(0)).toEqual(['POST /api/v1/buildgroup.php Nightly (Daily)']);
    const { exitCode, stderr } = await rebuild('lion', { CI_RUNNER_DESCRIPTION: 'quick' });
    expect(exitCode).toBe(0);
    expect(cdash.requests.splice(0)).toEqual([
      'PUT /submit.php Update',
      'PUT /submit.php Site/Build',
      'PUT /submit.php Site/Testing',
      'PUT /submit.php Done',
    ]);
    expect(stderr).toContain(`CDash: ${served.url}/buildSummary.php?buildid=100`);
    const [key = ''] = cdash.builds.keys();
    expect(key).toMatch(/^lab \(quick\)\nlion@1\S* hash=[a-z2-7]{32} arch=\S+ \(Nightly\)\n\d{8}-\d{4}-Nightly$/);
    expect(cdash.uploads[0]?.xml).toContain('<Revision>c0ffee</Revision>');
    await rebuild('lion');
    expect(cdash.requests).toEqual([]);
    expect(await junit('lion')).toMatchObject({ total: 1, skipped: 1 });
  });

  test('gets another group when another is named, and the names that the pipeline gives', async () => {
    stack({ group: 'Release 2' });
    await slipway(['generate']);
    expect([...cdash.groups.keys()]).toEqual(['Release 2 (Daily)']);
    const names = {
      SPACK_CDASH_BUILD_NAME: 'lion of the pipeline',
      SPACK_CDASH_BUILD_STAMP: '20261125-1043-Release 2',
    };
    await rebuild('lion', names);
    expect([...cdash.builds.keys()]).toEqual(['lab\nlion of the pipeline\n20261125-1043-Release 2']);
  });

  test('of the time of Spack 0.16 has builds related to those of their dependencies', async () => {
    stack({
      group: 'Nightly',
      more: '  gitlab-ci:\n    mappings: [{ match: [zoo, lion], runner-attributes: { tags: [a] } }]\n',
    });
    await slipway(['generate']);
    expect(cdash.requests.splice(0)).toEqual([
      'POST /api/v1/buildgroup.php Nightly (Daily)',
      'POST /api/v1/buildgroup.php Latest Nightly (Latest)',
      'PUT /api/v1/buildgroup.php 2 builds',
    ]);
    await rebuild('lion', { CI_RUNNER_DESCRIPTION: 'quick' });
    await rebuild('zoo', { CI_RUNNER_DESCRIPTION: 'slow' });
    expect(cdash.relations).toEqual([['101', '100']]);
    expect(cdash.requests.filter((one) => one.includes('addBuild'))).toHaveLength(2);
  });

  test.each([
    ['is down', { url: 'http://127.0.0.1:9/' }, {}, 'CDASH_UNREACHABLE'],
    ['refuses the token', {}, { CDASH_AUTH_TOKEN: 'wrong' }, 'CDASH_TOKEN_REFUSED'],
  ])('of a CDash that %s: a warning in each job, and no job less', async (_, place, variables, code) => {
    stack({ group: 'Nightly', ...place });
    const generated = await slipway(['generate'], { ...variables, SLIPWAY_CDASH_PATIENCE: '0.5' });
    const rebuilt = await rebuild('lion', { ...variables, SLIPWAY_CDASH_PATIENCE: '0.5' });
    for (const { exitCode, stderr } of [generated, rebuilt]) {
      expect(exitCode).toBe(0);
      expect(stderr).toMatch(new RegExp(`warning: CDash .* \\[${code}\\]\nhint: `));
    }
    expect(readdirSync(join(project, 'jobs_scratch_dir/tests/cdash'))).toContain('lion_Build.xml');
  });

  test('reports a failed build with its error, and fails with the status of the build', async () => {
    write('recipes/lion.yaml', 'name: lion\nversion: "1"\ninstall: "echo lion.c:3:1: error: nope; exit 3"\n');
    await slipway(['generate']);
    const { exitCode } = await rebuild('lion');
    expect(exitCode).toBe(1);
    const build = cdash.uploads.find(({ part }) => part === 'Site/Build')?.xml ?? '';
    expect(build).toContain('<Text>lion.c:3:1: error: nope</Text>');
    expect(await junit('lion')).toMatchObject({ total: 1, errored: 1, failures: [{ name: 'build' }] });
  });

  test('reveals no secret of the job', async () => {
    write('recipes/lion.yaml', 'name: lion\nversion: "1"\ninstall: "echo lion.c:3:1: error: hunter22; exit 3"\n');
    await slipway(['generate']);
    await rebuild('lion', { DOOR_PASSWORD: 'hunter22' });
    expect(cdash.uploads.length).toBeGreaterThan(0);
    for (const { xml } of cdash.uploads) expect(xml).not.toContain('hunter22');
  });

  test.each([
    ['of people who are not trusted', { SLIPWAY_TRUST: 'untrusted' }],
    ['of a reproduction', { SLIPWAY_REPRODUCTION: 'true' }],
  ])('reports nothing %s', async (_, variables) => {
    await slipway(['generate'], variables);
    const { exitCode } = await rebuild('lion', variables);
    expect([exitCode, cdash.requests]).toEqual([0, []]);
  });
});

test('a stack without one leaves JUnit of what it builds', async () => {
  write('spack.yaml', 'spack:\n  specs: [zoo]\n');
  await slipway(['generate']);
  await rebuild('lion');
  expect(await junit('lion')).toMatchObject({ total: 2, failed: 0, errored: 0 });
  expect(cdash.requests).toEqual([]);
});
