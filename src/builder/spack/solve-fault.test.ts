import { describe, expect, test } from 'vitest';
import { readSolveFault } from './solve-fault.ts';

const read = (text: string) => readSolveFault(text.split('\n'));

// Each as Spack 0.23.0 said it, `spack concretize` of an environment with one root.
describe('readSolveFault', () => {
  test('a package that no repository has', () => {
    const text = `==> Error: Package 'spack.pkg.builtin.zlib-ngg' not found.
Use 'spack create' to create a new package.

Did you mean one of the following packages?
  zlib-ng
  libpng`;
    expect(read(text)).toEqual({
      kind: 'package',
      subject: 'zlib-ngg',
      cause: 'no repository has a package of that name',
    });
  });

  test('a version that does not exist, in a dependency', () => {
    const text = `==> Error: failed to concretize \`leveldb@1.23 ^snappy@99\` for the following reasons:
     1. Cannot satisfy 'snappy@99'
     2. Cannot satisfy 'snappy@99'
        required because leveldb@1.23 ^snappy@99 requested explicitly `;
    expect(read(text)).toEqual({
      kind: 'conflict',
      subject: 'leveldb@1.23 ^snappy@99',
      cause: "Cannot satisfy 'snappy@99' (required because leveldb@1.23 ^snappy@99 requested explicitly)",
    });
  });

  test('a variant that a package does not have', () => {
    const text = "==> Error: No such variant {'nonexistent'} for spec: 'zstd@1.5.6+nonexistent build_system=makefile'";
    expect(read(text)).toMatchObject({
      kind: 'conflict',
      subject: 'zstd@1.5.6+nonexistent build_system=makefile',
      cause: "No such variant {'nonexistent'} for spec: 'zstd@1.5.6+nonexistent build_system=makefile'",
    });
  });

  test('a compiler that is not there', () => {
    const text = `==> Error: failed to concretize \`snappy@1.2.1%gcc@99.1\` for the following reasons:
     1. Package snappy cannot satisfy '%gcc@99.1'`;
    expect(read(text)).toEqual({
      kind: 'compiler',
      subject: 'snappy@1.2.1%gcc@99.1',
      cause: "Package snappy cannot satisfy '%gcc@99.1'",
    });
  });

  test('what Spack 1.2 says of a package, a version and a compiler that are not there', () => {
    expect(read("==> Error: cannot concretize 'zlibb@1.3', since 'zlibb' does not exist")).toMatchObject({
      kind: 'package',
      subject: 'zlibb',
    });
    const head = '==> Error: No version exists that satisfies these input specs:\n';
    expect(read(`${head}    snappy@99\n    gcc@99.1\n`)).toEqual({
      kind: 'conflict',
      subject: 'snappy@99',
      cause: 'no version exists that satisfies snappy@99, gcc@99.1',
    });
    expect(read(`${head}    gcc@99.1`)).toMatchObject({ kind: 'compiler', subject: 'gcc@99.1' });
  });

  test('a value that a variant cannot have is the fault of the package', () => {
    expect(read("==> Error: invalid values for variant 'langs' in package nonutf: 'cxx+x'")).toMatchObject({
      kind: 'conflict',
      subject: 'nonutf',
    });
  });

  test('a spec that the solver has no message for', () => {
    const text = `==> Error: Spack concretizer internal error. Please submit a bug report and include the command, environment if applicable and the following error message.
    snappy@1.2.1 ^zlib-ng is unsatisfiable, errors are:
    internal_error("Only nodes can have hashes")
    internal_error("Only nodes can have hashes")`;
    expect(read(text)).toEqual({
      kind: 'conflict',
      subject: 'snappy@1.2.1 ^zlib-ng',
      cause: 'Only nodes can have hashes',
    });
    const later = `==> Error: Spack concretizer internal error. Please submit a bug report at https://github.com/spack/spack and include the command and environment if applicable.
    [snappy@1.2.1, zlib-ng@99] is unsatisfiable`;
    expect(read(later)).toEqual({
      kind: 'conflict',
      subject: '[snappy@1.2.1, zlib-ng@99]',
      cause: 'Spack gives no reason',
    });
  });

  test('recipes that Spack 1.2 cannot clone, and the empty clone that this leaves', () => {
    const clone = '/cache/package_repos/fncqgg4';
    const fatal =
      "fatal: unable to access 'https://github.com/spack/spack-packages.git/': Could not resolve host: github.com";
    const end = '==> Error: no compiler configured, and Spack cannot find working compilers in PATH';
    expect(
      read(
        `${fatal}\n==> Warning: Error constructing repository '${clone}': Failed to clone repository builtin\n${end}`,
      ),
    ).toEqual({ kind: 'recipes', subject: clone, cause: fatal });
    const reason = `failed to read ${clone}/spack-repo-index.yaml: [Errno 2] No such file or directory`;
    expect(read(`==> Warning: Error constructing repository '${clone}': ${reason}\n${end}`)).toEqual({
      kind: 'recipes',
      subject: clone,
      cause: reason,
    });
  });

  test('recipes whose clone git refuses: its first reason after what another one printed', () => {
    const text = `fatal: unable to access 'https://example.org/other.git/'
==> Warning: Error constructing repository '/cache/other': something else
fatal: '/srv/recipes' does not appear to be a git repository
fatal: Could not read from remote repository.

Please make sure you have the correct access rights
==> Warning: Error constructing repository '/cache/ours': Failed to clone repository ours
==> Error: cannot concretize 'tide', since 'tide' does not exist`;
    const cause = "fatal: '/srv/recipes' does not appear to be a git repository";
    expect(read(text)).toEqual({ kind: 'recipes', subject: '/cache/ours', cause });
  });

  test('a fault of Spack itself', () => {
    const text = `Traceback (most recent call last):
  File "bin/spack", line 47, in <module>
ModuleNotFoundError: No module named 'clingo'`;
    expect(read(text)).toEqual({ kind: 'spack', cause: "ModuleNotFoundError: No module named 'clingo'" });
  });

  test('a repository of git that a version is looked up in', () => {
    const text = `fatal: unable to access 'https://example.org/tide.git/': Could not resolve host: example.org
==> Error: Command exited with status 128:
'/usr/bin/git' '-c' 'advice.detachedHead=false' 'clone' '--bare' '--quiet' 'https://example.org/tide.git' '/cache/git_repos/tz5nc7a'`;
    expect(read(text)).toEqual({
      kind: 'git',
      subject: 'https://example.org/tide.git',
      cause: "fatal: unable to access 'https://example.org/tide.git/': Could not resolve host: example.org",
    });
  });
});
