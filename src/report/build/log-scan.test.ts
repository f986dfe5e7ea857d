import { describe, expect, test } from 'vitest';
import { kindOfLine, sourcePositionIn } from './log-patterns.ts';
import { LogScan, mostEvents } from './log-scan.ts';

const lines = [
  ['src/tide.c:12:5: error: `nope` undeclared', 'error', { file: 'src/tide.c', line: 12 }],
  ['src/tide.c:3:10: fatal error: moon.h: No such file or directory', 'error', { file: 'src/tide.c', line: 3 }],
  ['tide.cpp(7): error #20: identifier "nope" is undefined', 'error', { file: 'tide.cpp', line: 7 }],
  ['Error: Symbol `x` at (1) has no IMPLICIT type', 'error', undefined],
  ['error[E0425]: cannot find value `nope` in this scope', 'error', undefined],
  ['"tide.f", line 4.12: 1514-050 (S) Only DIMENSION is allowed', 'error', { file: 'tide.f', line: 4 }],
  ['NVFORTRAN-S-0034-Syntax error at or near end of line (tide.f90: 3)', 'error', undefined],
  ["tide.o: undefined reference to `moon'", 'error', undefined],
  ['/usr/bin/ld: cannot find -lmoon: No such file or directory', 'error', undefined],
  ['collect2: error: ld returned 1 exit status', 'error', undefined],
  ['make[2]: *** [CMakeFiles/tide.dir/build.make:76: tide.o] Error 1', 'error', undefined],
  ['ninja: build stopped: subcommand failed.', 'error', undefined],
  ['CMake Error at CMakeLists.txt:4 (find_package):', 'error', { file: 'CMakeLists.txt', line: 4 }],
  ['configure: error: no acceptable C compiler found in $PATH', 'error', undefined],
  ['meson.build:1:0: ERROR: Unknown compiler(s)', 'error', { file: 'meson.build', line: 1 }],
  ['sh: 1: moonrise: not found', 'error', undefined],
  ['cp: cannot stat: No such file or directory', 'error', undefined],
  ['cc: fatal: No space left on device', 'error', undefined],
  ['ModuleNotFoundError: No module named setuptools', 'error', undefined],
  ['==> Error: ProcessError: Command exited with status 2:', 'error', undefined],
  ['src/tide.c:1:22: warning: unused variable `x` [-Wunused-variable]', 'warning', { file: 'src/tide.c', line: 1 }],
  ['src/tide.c:1:22: warning: an error: in the text of a warning', 'warning', { file: 'src/tide.c', line: 1 }],
  ['CMake Warning at CMakeLists.txt:9 (message):', 'warning', { file: 'CMakeLists.txt', line: 9 }],
  ['configure: WARNING: unrecognized options: --with-moon', 'warning', undefined],
  ['Warning: Unused dummy argument', 'warning', undefined],
  ['DeprecationWarning: setup.py install is deprecated.', 'warning', undefined],
  ['setup.py:3: DeprecationWarning: use build', 'warning', { file: 'setup.py', line: 3 }],
  ['The following tests FAILED:', 'error', undefined],
  ["gmake[1]: *** Deleting file 'tide.o'", undefined, undefined],
  ['src/tide.c:1:2: note: declared here', undefined, { file: 'src/tide.c', line: 1 }],
  ['make[1]: warning:  Clock skew detected.  Your build may be incomplete.', undefined, undefined],
  ['cc -Werror -Wno-error=unused -c tide.c -o tide.o', undefined, undefined],
  ['checking for strerror in -lc... yes', undefined, undefined],
  ['[ 50%] Building C object error.c.o', undefined, undefined],
  ['-- Looking for error_at_line - found', undefined, undefined],
] as const;

describe('a line of a build log', () => {
  test.each(lines)('%s', (line, kind, position) => {
    expect(kindOfLine(line)).toBe(kind);
    expect(sourcePositionIn(line)).toEqual(position);
  });

  test('of a megabyte is looked at in its beginning', () => {
    expect(kindOfLine(`${'a: '.repeat(500_000)}error: late`)).toBeUndefined();
  });
});

describe('a scan', () => {
  const scanOf = (lines: readonly string[]) => {
    const scan = new LogScan();
    for (const line of lines) scan.add(line);
    return scan;
  };

  test('gives each event its line, and six lines before and after', () => {
    const lines = Array.from({ length: 20 }, (_, index) => `line ${index + 1}`);
    const [event] = scanOf(lines.with(9, 'a.c:1:1: error: x')).errors;
    expect(event).toMatchObject({ line: 10, before: lines.slice(3, 9), after: lines.slice(10, 16) });
  });

  test('counts what is said again instead of saying it again', () => {
    const { warnings } = scanOf(['h.h:1:1: warning: w', 'between', 'h.h:1:1: warning: w', 'h.h:1:1: warning: w']);
    expect(warnings.map(({ line, repeats }) => [line, repeats])).toEqual([[1, 2]]);
  });

  test('keeps fifty of each, however many come', () => {
    const lines = Array.from({ length: 10_000 }, (_, index) => `a.c:${index + 1}:1: error: e`);
    expect(scanOf(lines).errors.map(({ position }) => position?.line)).toEqual(
      Array.from({ length: mostEvents }, (_, index) => index + 1),
    );
  });

  test('finds the position that gfortran prints above its error', () => {
    const lines = ['tide.f90:3:10:', '', '    3 |   call moon', '      |          1', 'Error: Symbol at (1)'];
    expect(scanOf(lines).errors[0]?.position).toEqual({ file: 'tide.f90', line: 3 });
  });
});
