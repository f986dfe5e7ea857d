import { describe, expect, test } from 'vitest';
import { failureIn, type LogFailure } from './failure-scan.ts';

function scan(lines: readonly string[], skipped = 0): LogFailure | undefined {
  return failureIn(lines.join('\n'), skipped);
}

describe('failureIn', () => {
  test('reads the class from the line by which the runner ended the job', () => {
    const found = scan([
      "==> llvm: Executing phase: 'build'",
      'a.cpp:3:1: error: only a probe',
      '\u001B[31;1merror: The job was ended at its limit of 8 GB of memory: it used 8.1 GB. [RUNNER_MEMORY_EXCEEDED]',
      'hint: Raise `limits.memory`.\u001B[0;m',
      '\u001B[31;1mERROR: Job failed: exit code 137\u001B[0;m',
    ]);
    expect(found).toMatchObject({
      class: 'out-of-memory',
      error: 'The job was ended at its limit of 8 GB of memory: it used 8.1 GB',
      hint: 'Raise `limits.memory`.',
    });
  });

  test('reads package, phase and class from what the build reported, and shows the line that it quotes', () => {
    const found = scan([
      "==> hdf5: Executing phase: 'autoreconf'",
      'configure.ac:3: error: only a probe',
      "==> hdf5: Executing phase: 'cmake'",
      '-- The C compiler identification is GNU',
      'CMake Error at CMakeLists.txt:3 (find_package):',
      '  Could not find MPI',
      '-- Configuring incomplete',
      'error: Package `hdf5@1.14.5` failed in phase `cmake` [configure]: CMake Error at CMakeLists.txt:3 (find_package): Could not find MPI. [SPACK_BUILD_FAILED]',
      'hint: Check the variants.',
      '\u001B[31;1mERROR: Job failed: exit code 1\u001B[0;m',
    ]);
    expect(found).toEqual({
      error: 'CMake Error at CMakeLists.txt:3 (find_package): Could not find MPI',
      message: expect.stringMatching(/^Package `hdf5@1\.14\.5` failed in phase `cmake` .*MPI\.$/),
      code: 'SPACK_BUILD_FAILED',
      class: 'configure',
      package: 'hdf5@1.14.5',
      phase: 'cmake',
      position: undefined,
      hint: 'Check the variants.',
      context: {
        line: 5,
        first: 4,
        lines: [
          '-- The C compiler identification is GNU',
          'CMake Error at CMakeLists.txt:3 (find_package):',
          '  Could not find MPI',
          '-- Configuring incomplete',
          'error: Package `hdf5@1.14.5` failed in phase `cmake` [configure]: CMake Error at CMakeLists.txt:3 (find_package): Could not find MPI. [SPACK_BUILD_FAILED]',
        ],
      },
    });
  });

  test('shows of a step of a recipe the first error that it printed, and where the step is', () => {
    const found = scan(
      [
        'leaf@1.0: install',
        'cc -c leaf.c',
        "leaf.c:7:3: error: expected ';' before '}' token",
        '    7 |   }',
        'make: *** [Makefile:2: leaf.o] Error 1',
        'error: Package `leaf` failed in step `install` (recipes/leaf.yaml:3:1) with exit status 2 at `make`. [BUILD_STEP_FAILED]',
      ],
      100,
    );
    expect(found).toMatchObject({
      error: "leaf.c:7:3: error: expected ';' before '}' token",
      class: 'compile',
      package: 'leaf',
      phase: 'install',
      position: { file: 'recipes/leaf.yaml', line: 3, column: 1 },
      context: { line: 103, first: 102 },
    });
  });

  test('without an error of a tool, the last line of a step that names a fault counts, not what is quoted below', () => {
    const found = scan([
      'leaf@1.0: install',
      'cat: probe: No such file or directory',
      'ls: /nowhere: No such file or directory',
      'error: Package `leaf` failed in step `install` (leaf.yaml:3:1) with exit status 2 at `ls`. [BUILD_STEP_FAILED]',
      '  | cp: late: No such file or directory',
      'hint: Read it.',
    ]);
    expect(found).toMatchObject({
      error: 'ls: /nowhere: No such file or directory',
      context: { line: 3 },
      hint: 'Read it.',
    });
  });

  test('reads a mirror that refused, and a position in a file', () => {
    expect(
      scan(['error: zlib@1.3 could not be built [mirror]: s3://m answered 503. [BUILD_MIRROR_REFUSED]']),
    ).toMatchObject({ class: 'mirror', package: 'zlib@1.3', error: 's3://m answered 503' });
    expect(
      scan(['spack.yaml:2:3: error: There is no recipe for `y`. [RECIPE_NOT_FOUND]', '  hint: Add it.']),
    ).toMatchObject({
      error: 'There is no recipe for `y`',
      position: { file: 'spack.yaml', line: 2, column: 3 },
      hint: 'Add it.',
    });
  });

  test.each([
    [
      ['a.c:1:1: error: first', '==> Error: the mirror is gone', 'ERROR: Job failed: exit code 1'],
      'a.c:1:1: error: first',
    ],
    [['cat: probe: No such file or directory', 'x: error: real', 'ls: y: No such file or directory'], 'x: error: real'],
    [['sh: 1: nonesuch: not found', 'fine'], 'sh: 1: nonesuch: not found'],
    [['make: *** [all] Error 1'], 'make: *** [all] Error 1'],
    [
      ['section_end:1:get_sources\r\u001B[0K\u001B[31;1mERROR: Job failed: the disk is full\u001B[0;m'],
      'Job failed: the disk is full',
    ],
    [['==> Error: the mirror is gone'], 'the mirror is gone'],
    [['10 %\r50 %\rfatal error: it\u202E ends\u0007'], 'it ends'],
  ])('takes the first line that reports an error: %#', (lines, error) => {
    expect(scan(lines)?.error).toBe(error);
  });

  test('finds nothing in a log without errors', () => {
    expect(scan(['all is well', 'ERROR: Job failed: exit code 1'])).toBeUndefined();
    expect(scan(['all is well', 'ERROR: Job failed: exit status 1'])).toBeUndefined();
  });
});
