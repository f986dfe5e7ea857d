import { execFile } from 'node:child_process';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { describeHost } from '../../src/report/cdash/host-description.ts';
import { systemClock } from '../../src/kit/index.ts';
import { BuildRecorder, CdashClient, submitBuild } from '../../src/report/index.ts';
import { cdashStandIn } from '../support/cdash.ts';
import { temporaryFolder } from '../support/mirror-package.ts';
import { findPart } from '../support/part.ts';
import { xmlShape } from '../support/xml-shape.ts';

const ctest = findPart('ctest');
const cmake = findPart('cmake');
const git = findPart('git');
const run = promisify(execFile);

const sources = {
  'CMakeLists.txt': `cmake_minimum_required(VERSION 3.10)
project(Tide C)
include(CTest)
add_compile_options(-Wall)
add_executable(high high.c)
add_executable(low low.c)
add_test(NAME high COMMAND high)
add_test(NAME ebb COMMAND \${CMAKE_COMMAND} -E false)
`,
  'high.c': 'int main(void) { int unused; return 0; }\n',
  'low.c': 'int main(void) { return nope; }\n',
};

/** What CTest 4.4.5 says and 3.25 does not: where the project is, the name of the processor, when a test began. */
const newer: ReadonlySet<string> = new Set([
  '/Site@ModelName',
  '/Site/Build/BinaryDirectory',
  '/Site/Build/SourceDirectory',
  '/Site/Testing/Test/StartTestTime',
]);
const older = (shape: readonly string[]) => shape.filter((one) => !newer.has(one));

/** Runs a step of CTest; it fails as the project does, which is what is to be seen. */
async function step(folder: string, program: string, ...options: string[]): Promise<string> {
  const { stdout } = await run(program, options, { cwd: folder, env: { ...process.env, LC_ALL: 'C' } }).catch(
    (error: unknown) => error as { stdout: string },
  );
  return stdout;
}

async function smallProject(url: URL): Promise<{ source: string; build: string }> {
  const folder = await temporaryFolder();
  const [source, build] = [join(folder, 'source'), join(folder, 'build')];
  await Promise.all([source, build].map(async (one) => mkdir(one)));
  const drop = { METHOD: 'http', SITE: url.host, LOCATION: '/submit.php?project=Tide', SITE_CDASH: 'TRUE' };
  const lines = Object.entries(drop).map(([name, value]) => `set(CTEST_DROP_${name} "${value}")\n`);
  const files = { ...sources, 'CTestConfig.cmake': `set(CTEST_PROJECT_NAME Tide)\n${lines.join('')}` };
  for (const [name, text] of Object.entries(files)) await writeFile(join(source, name), text);
  const identity = ['-c', 'user.name=Lab', '-c', 'user.email=lab@example.org'];
  await run('git', ['init', '--quiet'], { cwd: source });
  await run('git', ['add', '.'], { cwd: source });
  await run('git', [...identity, 'commit', '--quiet', '--message', 'One'], { cwd: source });
  return { source, build };
}

describe.skipIf([ctest, cmake, git].includes(undefined))('CTest', () => {
  test('and we submit the same elements and attributes for a small project', async () => {
    const cdash = cdashStandIn({ project: 'Tide' });
    const { url, close } = await cdash.listen();
    onTestFinished(close);
    const { source, build } = await smallProject(new URL(url));

    await step(build, 'cmake', source);
    // One by one: together they would end with the build that fails.
    for (const part of ['Start', 'Update', 'Configure', 'Build', 'Test', 'Submit'])
      await step(build, 'ctest', '-D', `Experimental${part}`);
    const theirs = new Map(cdash.uploads.map(({ part, xml }) => [part, older(xmlShape(xml))]));
    expect([...theirs.keys()].toSorted()).toEqual(['Done', 'Site/Build', 'Site/Configure', 'Site/Testing', 'Update']);
    cdash.uploads.length = 0;

    const recorder = new BuildRecorder(systemClock);
    const hear = (text: string) => text.split('\n').forEach((line) => recorder.add(line));
    hear(`==> tide: Executing phase: 'cmake'\n${await step(build, 'cmake', source)}`);
    const log = await step(build, 'sh', '-c', 'cmake --build . --clean-first -- -k 2>&1');
    hear(`==> tide: Executing phase: 'build'\n${log}`);
    hear('==> Testing package tide-1\n==> test: high: high water\nPASSED: Tide::high\n==> test: ebb: ebb');
    hear('FAILED: Tide::ebb: command failed');
    const record = recorder.finish({ message: 'low.c does not compile', phase: 'build' });
    const world = {
      fetch,
      clock: systemClock,
      wait: async () => {},
      random: Math.random,
    };
    const host = await describeHost();
    const identity = { site: 'lab', name: 'tide@1', stamp: '20261125-1043-Experimental', generator: 'slipway-1', host };
    const report = { identity, record, command: 'slipway rebuild tide', revision: 'c0ffee' };
    const submission = { api: 'plain', report, related: async () => [], now: systemClock.now() } as const;
    const { faults } = await submitBuild(new CdashClient({ url, project: 'Tide' }, world), submission);
    expect(faults).toEqual([]);
    const ours = new Map(cdash.uploads.map(({ part, xml }) => [part, xmlShape(xml)]));

    expect(Object.fromEntries(ours)).toEqual(Object.fromEntries(theirs));
    expect(await readdir(join(build, 'Testing'))).toContain('TAG');
  });
});
