import { describe, expect, test } from 'vitest';
import { BuildRecorder } from './build-recorder.ts';

/** Every line comes a second after the one before it. */
function record(log: string, fault?: Parameters<BuildRecorder['finish']>[0]) {
  let now = 0;
  const recorder = new BuildRecorder({ now: () => now });
  for (const line of log.trim().split('\n')) {
    now += 1000;
    recorder.add(line.trim());
  }
  return recorder.finish(fault);
}

const SPACK = `
==> Installing zlib-1.3.1-abc [1/1]
==> zlib: Executing phase: 'edit'
checking for gcc... cc
==> zlib: Executing phase: 'build'
zutil.c:1:1: warning: unused
==> [2026-11-25-10:43:00.000001] RUN-TESTS: build-time tests [check]
*** all tests passed
==> zlib: Executing phase: 'install'
cp: cannot stat: No such file or directory
==> zlib: Successfully installed zlib-1.3.1-abc`;

const RECIPE = `
dependency lion@1 /abcdefg
zoo@2: build
$ make
zoo.c:3:1: error: nope
zoo@2: install
zoo@2: test
$ ./zoo --roar
Roar
$ ./zoo --fly
cannot fly`;

describe('the record of a build', () => {
  test('has the phases of Spack, and no errors where it went well', () => {
    const { configure, build, testing, failure } = record(SPACK);
    expect(failure).toBeUndefined();
    expect(configure).toMatchObject({ began: 2000, ended: 4000, hasFailed: false });
    expect(configure?.log).toBe("==> zlib: Executing phase: 'edit'\nchecking for gcc... cc\n");
    expect(build).toMatchObject({ began: 4000, errors: [] });
    expect(build?.warnings.map(({ text }) => text)).toEqual([
      'cp: cannot stat: No such file or directory',
      'zutil.c:1:1: warning: unused',
    ]);
    expect(testing?.tests).toMatchObject([{ name: 'check', status: 'passed', output: '*** all tests passed' }]);
  });

  test('of a recipe that fails in its build has the error, and neither install nor tests', () => {
    const log = RECIPE.slice(0, RECIPE.indexOf('zoo@2: install'));
    const { configure, build, testing } = record(log, { message: 'step `build` failed' });
    expect([configure, testing]).toEqual([undefined, undefined]);
    expect(build).toMatchObject({ hasFailed: true, errors: [{ text: 'zoo.c:3:1: error: nope' }] });
  });

  test('of a recipe whose test fails blames the test that ran last, and not the build', () => {
    const { build, testing } = record(RECIPE, { message: 'step `test` failed' });
    expect(build).toMatchObject({ hasFailed: false, errors: [] });
    expect(testing?.tests).toMatchObject([
      { name: './zoo --roar', status: 'passed', seconds: 2, output: 'Roar' },
      { name: './zoo --fly', status: 'failed', output: 'cannot fly' },
    ]);
  });

  test('of a build that ended before it began says so where CDash shows it', () => {
    const { configure } = record('==> Error: all fetchers failed', { message: 'the source cannot be fetched' });
    expect(configure).toMatchObject({ hasFailed: true, errors: [{ text: 'the source cannot be fetched' }] });
    expect(configure?.log).toContain('the source cannot be fetched');
  });

  test('of a build that went well and was not pushed has the failure in the build', () => {
    const { build, testing } = record(RECIPE, { message: 'the mirror is full', phase: 'build' });
    expect(build?.hasFailed).toBe(true);
    expect(testing?.tests.map(({ status }) => status)).toEqual(['passed', 'passed']);
  });

  test('keeps the end of a configure log that does not end', () => {
    const lines = Array.from({ length: 100_000 }, (_, index) => `checking for header ${index}... yes`);
    const { configure } = record(`==> a: Executing phase: 'configure'\n${lines.join('\n')}`);
    expect(configure?.log.length).toBeLessThan(520_000);
    expect(configure?.log).toMatch(/^\[…\]\nchecking[^]*header 99999\.\.\. yes\n$/);
  });

  test('keeps little of lines that do not end, in whichever phase', () => {
    const long = 'x'.repeat(1_000_000);
    const phase = (name: string) => `==> a: Executing phase: '${name}'\na.c:1:1: error: ${long}\n${long}\n`;
    const tests = `==> [1] test: part: it\n${`==> [2] '${long}'\n${long}\n`.repeat(20)}FAILED: A::part`;
    const kept = record(`${phase('configure')}${phase('build')}==> Testing package a\n${tests}`, { message: 'no' });
    expect(kept.configure?.log).toMatch(/^==> a: Executing phase: 'configure'\na\.c:1:1: error: x+…\nx+…\n$/);
    expect(kept.testing?.tests).toMatchObject([{ name: 'part', status: 'failed' }]);
    expect(kept.testing?.tests[0]?.output).toMatch(/^\[…\]\n[^]*…\nFAILED: A::part$/);
    expect(JSON.stringify(kept).length).toBeLessThan(100_000);
  });

  test('reads the parts of stand-alone tests, with what each ran and said', () => {
    const { testing } = record(`
      ==> Testing package zlib-1.3.1-abcdefg
      ==> [2026-11-25-10:43:00.000001] test: test_links: links against the library
      ==> [2026-11-25-10:43:00.000002] 'cc' 'a.c'
      PASSED: Zlib::test_links
      ==> [2026-11-25-10:43:01.000001] test: test_packs: packs
      no luck
      FAILED: Zlib::test_packs: 1 is not 2
      ==> [2026-11-25-10:43:01.000001] test: test_old: old
      SKIPPED: Zlib::test_old: too old
      ==> [2026-11-25-10:43:02.000001] Completed testing`);
    expect(testing?.tests).toMatchObject([
      { name: 'test_links', description: 'links against the library', command: 'cc a.c', status: 'passed' },
      { name: 'test_packs', status: 'failed', output: 'no luck\nFAILED: Zlib::test_packs: 1 is not 2' },
      { name: 'test_old', status: 'notrun' },
    ]);
  });
});
