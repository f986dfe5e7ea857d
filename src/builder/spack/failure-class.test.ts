import { describe, expect, test } from 'vitest';
import { classifyFailure } from './failure-class.ts';

const of = (...lines: readonly string[]) => classifyFailure({ lines, signal: null });
const building = "==> zlib-ng: Executing phase: 'build'";

describe('classifyFailure', () => {
  test('a source that no address has: what the recipe’s own address said, and that it may pass', () => {
    const failure = of(
      '==> Installing snappy-1.2.1-nxz4xchmctsav37phq6zy3lednkygem4 [1/1]',
      '==> Error: FetchError: All fetchers failed for spack-stage-snappy-1.2.1-nxz4xchmctsav37phq6zy3lednkygem4',
      '    file:///srv/sources/archive/73/736aeb64.tar.gz: URLError: <urlopen error [Errno 2] No such file or directory>',
      '    https://github.com/google/snappy/archive/1.2.1.tar.gz: URLError: <urlopen error [Errno -2] Name or service not known>',
    );
    expect(failure).toEqual({
      class: 'source',
      phase: 'fetch',
      reason:
        'https://github.com/google/snappy/archive/1.2.1.tar.gz: URLError: <urlopen error [Errno -2] Name or service not known>',
      isTransient: true,
    });
  });

  test('a source that is not there does not come back, and neither does a right checksum', () => {
    const gone = of(
      '==> Error: FetchError: All fetchers failed for spack-stage-snappy-1.2.1-nxz4xch',
      '    https://example.org/snappy.tar.gz: HTTPError: HTTP Error 404: Not Found',
    );
    expect(gone).toMatchObject({ class: 'source', isTransient: false });
    const changed = of(
      '==> Error: ChecksumError: sha256 checksum failed for /stage/snappy-1.2.1.tar.gz',
      '    Expected 736aeb64 but got 0000. File size = 12 bytes.',
    );
    expect(changed).toMatchObject({
      class: 'source',
      phase: 'fetch',
      reason: 'ChecksumError: sha256 checksum failed for /stage/snappy-1.2.1.tar.gz',
      isTransient: false,
    });
  });

  test('a compiler’s first error, in the phase that it came in', () => {
    const failure = of(
      "==> zlib-ng: Executing phase: 'configure'",
      'checking for gcc... gcc',
      building,
      'deflate.c:12:5: warning: unused variable',
      'deflate.c:14:10: fatal error: missing.h: No such file or directory',
      "deflate.c:20:1: error: unknown type name 'frob'",
      'make: *** [Makefile:140: deflate.o] Error 1',
      '==> Error: ProcessError: Command exited with status 2:',
    );
    expect(failure).toEqual({
      class: 'compile',
      phase: 'build',
      reason: 'deflate.c:14:10: fatal error: missing.h: No such file or directory',
      isTransient: false,
    });
  });

  test('what an earlier phase said did not stop it', () => {
    const configured = ["==> zlib-ng: Executing phase: 'configure'", 'conftest.c:3:1: error: no such thing'];
    const failure = of(...configured, building, 'deflate.c:20:1: error: expected expression');
    expect(failure).toMatchObject({ class: 'compile', reason: 'deflate.c:20:1: error: expected expression' });
  });

  test('CMake explains the fault in the line below', () => {
    const failure = of(
      "==> snappy: Executing phase: 'cmake'",
      'CMake Error at CMakeLists.txt:12 (find_package):',
      '',
      '  Could not find a package configuration file provided by "Gizmo"',
      '==> Error: ProcessError: Command exited with status 1:',
    );
    expect(failure).toMatchObject({
      class: 'configure',
      phase: 'cmake',
      reason:
        'CMake Error at CMakeLists.txt:12 (find_package): Could not find a package configuration file provided by "Gizmo"',
    });
  });

  test.each([
    ['out-of-memory', 'g++: fatal error: Killed signal terminated program cc1plus'],
    ['out-of-memory', 'collect2: fatal error: ld terminated with signal 9 [Killed]'],
    ['out-of-memory', 'make[2]: *** [CMakeFiles/a.dir/build.make:76: a.o] Killed'],
    ['out-of-memory', "nvcc error   : 'cicc' died due to signal 9 (Kill signal)"],
    ['out-of-memory', '==> Error: InstallError: The process has stopped unexpectedly (signal 9)'],
    ['out-of-memory', '==> Error: ProcessError: Command exited with status -9:'],
    ['disk', '/usr/bin/ld: final link failed: No space left on device'],
    ['timeout', 'LockTimeoutError: Timed out waiting for a write lock.'],
  ])('%s, whatever the compiler makes of it', (kind, line) => {
    const reason = line.replace(/^==> Error: /, '');
    expect(of(building, 'x.c:1:1: error: first', line)).toMatchObject({ class: kind, phase: 'build', reason });
  });

  test('a Spack that was killed from outside had too little memory', () => {
    expect(classifyFailure({ lines: [building], signal: 'SIGKILL' })).toMatchObject({
      class: 'out-of-memory',
      reason: 'it was killed by SIGKILL',
    });
  });

  test('the tests of a package', () => {
    const lines = ['==> Testing package gauge-2.1', '==> Error: TestFailure: 1 test failed.'];
    expect(classifyFailure({ lines, signal: null, phase: 'test' })).toMatchObject({ class: 'test', phase: 'test' });
  });

  test('everything before the first phase is Spack’s own', () => {
    expect(of('Traceback (most recent call last):', "KeyError: 'zlib'")).toEqual({
      class: 'spack',
      phase: 'start',
      reason: "KeyError: 'zlib'",
      isTransient: false,
    });
  });
});
