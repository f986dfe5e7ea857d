import { describe, expect, test } from 'vitest';
import { FailureReport } from '../../protocol/index.ts';
import { failureReport, jobTitle, refusedReport, type FailedRun } from './failure-report.ts';
import { failureIn } from './failure-scan.ts';

let id = 10;
function failed(name: string, known: Partial<FailedRun> & { readonly lines?: readonly string[] } = {}): FailedRun {
  const { lines, ...rest } = known;
  id += 1;
  const log = lines && failureIn(lines.join('\n'));
  return { id: String(id), pipeline: '3', name, attempt: 1, exitCode: 1, allowFailure: false, log, ...rest };
}

function report(runs: readonly FailedRun[], skipped = 0): FailureReport {
  const pipeline = { id: '3', status: 'failed', failed: runs, skipped } as const;
  return FailureReport.parse(failureReport({ ...pipeline, reproduce: (job) => `slipway reproduce ${job}` }));
}

const refused = (name: string) =>
  `error: ${name} could not be built [mirror]: s3://mirror/x answered 503. [BUILD_MIRROR_REFUSED]`;
const compiled = (name: string) => [
  'a.c:1:2: error: no',
  `error: Package \`${name}\` failed in phase \`build\` [compile]: a.c:1:2: error: no. [SPACK_BUILD_FAILED]`,
];

describe('failureReport', () => {
  test('describes a package that failed: phase, class, error, line and command', () => {
    const { headline, failures } = report([
      failed('zlib@1.3 /abcdefg', {
        lines: compiled('zlib@1.3'),
        package: { name: 'zlib', version: '1.3', hash: 'a' },
      }),
    ]);
    expect(headline).toBe('zlib@1.3 failed in phase `build` [compile]: a.c:1:2: error: no');
    expect(failures).toMatchObject([
      {
        class: 'compile',
        phase: 'build',
        package: { name: 'zlib', version: '1.3' },
        context: { line: 1, first: 1 },
        jobs: [{ page: `jobs/${id}#L1` }],
        reproduce: `slipway reproduce ${id}`,
      },
    ]);
  });

  test('groups one package that failed in several jobs', () => {
    const { headline, failures } = report(
      [
        failed('zlib@1.3 /abcdefg', { lines: compiled('zlib@1.3') }),
        failed('other', { exitCode: 3 }),
        failed('zlib@1.3 /bcdefgh', { lines: compiled('zlib@1.3') }),
      ],
      4,
    );
    expect(failures.map(({ jobs }) => jobs.length)).toEqual([2, 1]);
    expect(headline).toBe(
      'zlib@1.3 failed in phase `build` [compile] in 2 jobs: a.c:1:2: error: no (1 more failed, 4 skipped)',
    );
  });

  test('groups many packages that one mirror let fail, and keeps another mirror apart', () => {
    const { headline, failures } = report([
      failed('a@1 /abcdefg', { lines: [refused('a@1')] }),
      failed('b@1 /abcdefg', { lines: [refused('b@1').replace('503', '500')] }),
      failed('c@1 /abcdefg', { lines: [refused('c@1').replace('//mirror', '//other')] }),
    ]);
    expect(failures.map(({ jobs, package: of }) => [jobs.length, of?.name])).toEqual([
      [2, undefined],
      [1, 'c'],
    ]);
    expect(headline).toBe('2 jobs failed [mirror]: s3://mirror/x answered 503 (1 more failed)');
  });

  test('packages that fail alike in compiling are failures of their own', () => {
    const { failures } = report(['a@1', 'b@1'].map((name) => failed(`${name} /abcdefg`, { lines: compiled(name) })));
    expect(failures).toHaveLength(2);
  });

  test.each<[Partial<FailedRun>, string, string]>([
    [
      { failureReason: 'job_execution_timeout', exitCode: undefined, message: 'It ran 3600 s' },
      'timeout',
      'It ran 3600 s',
    ],
    [{ failureReason: 'runner_system_failure', message: 'No machine is left' }, 'system', 'No machine is left'],
    [
      { failureReason: 'downstream_pipeline_creation_failed', id: '', message: 'x.yml:2:1: bad' },
      'configuration',
      'x.yml:2:1: bad',
    ],
    [{ exitCode: 7 }, 'script', 'exit code 7'],
  ])('knows the class of a job without a package: %#', (known, kind, error) => {
    expect(report([failed('job', known)]).failures[0]).toMatchObject({ class: kind, error });
  });

  test('tests say how many failed and which first, unless a command of ours says more', () => {
    const counted = { total: 40, failed: 2, errored: 1, skipped: 0, seconds: 1 };
    const tests = { ...counted, failures: [{ suite: 's', name: 'tides', message: '2 is not 3\nat line 7' }] };
    const [first] = report([failed('check', { tests, lines: ['x.c:1: error: a'] })]).failures;
    expect(first).toMatchObject({
      class: 'test',
      error: '3 of 40 tests, first `tides`: 2 is not 3',
      tests: { failed: 3 },
    });
    const lines = ['recipes/a.yaml:5:1: error: There is no recipe for `x`. [RECIPE_NOT_FOUND]'];
    expect(report([failed('check', { tests, lines })]).failures[0]).toMatchObject({ class: 'configuration' });
  });

  test('what may fail comes last, and is not the reason', () => {
    const runs = [
      failed('lint', { allowFailure: true }),
      failed('lint 2', { allowFailure: true }),
      failed('unit', { exitCode: 2 }),
    ];
    expect(report(runs).headline).toBe('unit failed: exit code 2');
    expect(report(runs).failures.at(-1)?.jobs[0]?.name).toContain('lint');
  });

  test('a pipeline that could not be created has a position and a remedy', () => {
    const refusal = refusedReport({ reason: '.gitlab-ci.yml:3:5: The job `a` has no script', hint: 'Add one.' });
    expect(FailureReport.parse(refusal).failures).toMatchObject([
      {
        class: 'configuration',
        error: 'The job `a` has no script',
        position: { file: '.gitlab-ci.yml', line: 3, column: 5 },
        hint: 'Add one.',
      },
    ]);
    expect(refusal.headline).toBe('.gitlab-ci.yml:3:5: The job `a` has no script');
  });
});

test('jobs of packages have short titles', () => {
  expect(jobTitle('hdf5@1.14.5 /abcdefg %gcc@12.2.0 arch=linux-debian12-x86_64_v3 Tutorial')).toBe('hdf5@1.14.5');
  expect(jobTitle('(specs) zlib/abcdefg 1.2.11 gcc@8')).toBe('(specs) zlib');
  expect(jobTitle('unit tests / linux')).toBe('unit tests / linux');
});
