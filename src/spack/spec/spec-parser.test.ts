import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SlipwayError } from '../../kit/index.ts';
import { compilerPackage } from './compiler-names.ts';
import { formatSpec, type AbstractSpec, type SpecEdge } from './spec.ts';
import { sortByName, sortEdges } from './spec-builder.ts';
import { parseSpec } from './spec-parser.ts';
import { isAnyVersion, isEmptyRange, joinVersions, type VersionConstraint } from './version-constraint.ts';

describe('a spec is printed as Spack prints it', () => {
  test.each([
    ['zlib', 'zlib'],
    ['  kokkos   +openmp ', 'kokkos+openmp'],
    ['hdf5@1.12,1.10.0:1.10.9,=1.14.0', 'hdf5@1.10.0:1.10.9,1.12,=1.14.0'],
    ['hdf5@1.2:1.3,1.4,1.3.5 %gcc@:', 'hdf5@1.2:1.4 %gcc'],
    ['hdf5 a=true b:=FALSE', 'hdf5+a~b'],
    ['hdf5 a:=*', 'hdf5 a=*'],
    ['hdf5@ 1.2:', 'hdf5@1.2:'],
    ['hdf5@1.2:foo=bar', 'hdf5@1.2: foo=bar'],
    ['mpich -hwloc ~ wrapperrpath', 'mpich~hwloc~wrapperrpath'],
    ['x++shared --debug', 'x~~debug++shared'],
    ['x a=b c==d e:=f,g', 'x a=b c==d e:=f,g'],
    ['x cflags=" -O3  -g" cflags=-Wall', "x cflags='-O3 -g -Wall'"],
    ['x cflags=""', 'x'],
    [String.raw`x a="it's \"so\""`, String.raw`x a="it's \"so\""`],
    ['x a="="', "x a='='"],
    ["x a=''", "x a=''"],
    ['builtin.zlib', 'builtin.zlib'],
    ['zlib namespace=builtin', 'builtin.zlib'],
    ['zlib arch=linux-debian13-x86_64_v3', 'zlib arch=linux-debian13-x86_64_v3'],
    ['zlib arch=ppc64le:', 'zlib target=ppc64le:'],
    ['zlib arch=linux-None-x86_64', 'zlib platform=linux target=x86_64'],
    ['zlib target=x86_64_v2: operating_system=debian13', 'zlib os=debian13 target=x86_64_v2:'],
    ['tcl ^zlib@2 %gcc@11', 'tcl ^zlib@2 %gcc@11'],
    ['tcl %gcc@11 ^zlib@2', 'tcl %gcc@11 ^zlib@2'],
    ['x %c,cxx=gcc@12 ^mpi=mpich', 'x %[virtuals=c,cxx] gcc@12 ^[virtuals=mpi] mpich'],
    ['x ^[virtuals=gl deptypes=link,run] osmesa', 'x ^[deptypes=link,run virtuals=gl] osmesa'],
    ["x %%[when='@1: +cuda'] gcc", "x %%[when='@1:+cuda'] gcc"],
    ['x %clang@15 ^llvm %intel', 'x %clang@15 ^llvm %intel'],
    ['x %llvm@15', 'x %clang@15'],
    ['x ^y@1: ^y+a %gcc', 'x ^y@1:+a %gcc'],
    ['x@git.feature/a-b=1.2', 'x@git.feature/a-b=1.2'],
    ['%gcc@11', '%gcc@11'],
    ['^mpich', '^mpich'],
    ['+shared', '+shared'],
    ['/abcdef', '/abcdef'],
    ['zlib/abcdef', 'zlib /abcdef'],
    ['*', '*'],
    ['x ^* a=b', 'x ^* a=b'],
    ['x ^/abc', 'x ^/abc'],
  ])('%s', (text, printed) => {
    expect(formatSpec(parseSpec(text))).toBe(printed);
    expect(parseSpec(printed)).toEqual(parseSpec(text));
  });
});

describe('what follows the compiler', () => {
  test('belongs to it from Spack 1.0 on', () => {
    const spec = parseSpec('hdf5 %gcc@11 ~mpi');
    expect(spec.variants).toEqual([]);
    expect(spec.dependencies[0]?.spec.variants).toMatchObject([{ name: 'mpi', value: false }]);
  });

  test('belongs to the package before, up to Spack 0.23', () => {
    const spec = parseSpec('tcl ^hdf5%gcc@11~mpi cflags=-O3 ^zlib', { percent: 'compiler' });
    expect(formatSpec(spec)).toBe('tcl ^hdf5~mpi cflags=-O3 %gcc@11 ^zlib');
  });

  test.each([
    ['hdf5 api=v18%gcc@11+mpi', 'hdf5+mpi api=v18 %gcc@11'],
    ['hdf5%gcc@11@1.14', 'hdf5@1.14 %gcc@11'],
    ['hdf5 os=debian12%clang', 'hdf5 os=debian12 %clang'],
    ['hdf5 build_type=Release^zlib', 'hdf5 build_type=Release ^zlib'],
    ['hdf5 ^os=debian12', 'hdf5 ^* os=debian12'],
  ])('nor is it part of a value before it: %s', (text, printed) => {
    expect(formatSpec(parseSpec(text, { percent: 'compiler' }))).toBe(printed);
  });
});

describe('a spec that is not understood is refused at its place', () => {
  test.each([
    ['', 1, 'empty'],
    ['   ', 1, 'empty'],
    ['zlib@@1', 5, 'unexpected `@@1`'],
    ['zlib@1@2', 7, 'a second `@`'],
    ['zlib +a ~a', 9, '`a` appears twice'],
    ['zlib hdf5', 6, 'a second package name, `hdf5`'],
    ['zlib ^', 6, 'nothing to depend on'],
    ['zlib % ^x', 6, 'nothing to depend on'],
    ['zlib arch=linux-x86_64', 6, 'platform-os-target'],
    ['zlib@1.3:1.1', 5, '`1.3:1.1` ends before it begins'],
    ['zlib@=1.2:', 10, 'unexpected `:`'],
    ['zlib ^x@1 ^x@=2', 1, 'no version is in both'],
    ['zlib target=a target=b', 15, '`target` appears twice'],
    ['zlib ^[virtuals=c gcc', 19, 'only `deptypes`'],
    ['zlib ^[virtuals=c', 18, 'closing `]`'],
    ['zlib ^[deptypes=links] gcc', 8, 'no dependency type `links`'],
    ["zlib a='b", 7, "unexpected `='b`"],
    ['arch=linux-debian13-zen4 zlib', 26, 'a second package name'],
    ['zlib !', 6, 'unexpected `!`'],
    ['$definition', 1, 'unexpected `$'],
    ['/abc/def', 5, 'a second hash'],
  ])('%s', (text, position, fault) => {
    const error = catchError(() => parseSpec(text));
    expect(error).toMatchObject({ code: 'SPEC_SYNTAX', details: { position } });
    expect(error.message).toContain(fault);
  });
});

function catchError(action: () => unknown): SlipwayError {
  try {
    action();
  } catch (error) {
    if (error instanceof SlipwayError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

/** Names that are printed as they are read: `arm` after `%` is read as `acfl`. */
const word = fc.stringMatching(/^[a-z_0-9][a-z_0-9-]{0,6}$/).filter((name) => compilerPackage(name) === name);
const version = fc.stringMatching(/^[a-z0-9]([a-z0-9._-]{0,4}[a-z0-9])?$/);
const value = fc.string({ unit: fc.constantFrom('a', '1', ' ', "'", '"', '=', '-', ':', '%', '+', 'é'), maxLength: 6 });
const listed = value.filter((text) => !text.includes(','));
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const propagate = fc.boolean().map((propagate) => ({ propagate }));

const constraint: fc.Arbitrary<VersionConstraint> = fc.oneof(
  fc.record({ kind: fc.constant('exact' as const), version }),
  fc.tuple(optional(version), optional(version)).map(([from, to]) => clean({ kind: 'range' as const, from, to })),
  fc.tuple(word, optional(version)).map(([ref, as]) => clean({ kind: 'git' as const, ref: `git.${ref}`, version: as })),
);
const variant = fc.oneof(
  fc.tuple(word, fc.boolean(), propagate).map(([name, on, more]) => ({ name, value: on, ...more })),
  fc
    .tuple(word, fc.array(listed, { minLength: 1, maxLength: 3 }), propagate, fc.boolean())
    .map(([name, list, more, exact]) => ({ name, value: list, ...more, exact })),
);
const flagNames = ['cflags', 'cxxflags', 'cppflags', 'fflags', 'ldflags', 'ldlibs'] as const;
const reserved = new Set([
  ...flagNames,
  'arch',
  'architecture',
  'os',
  'operating_system',
  'platform',
  'target',
  'namespace',
] as string[]);
const flag = fc
  .tuple(
    fc.constantFrom(...flagNames),
    value.map((text) => text.trim().replaceAll(/\s+/g, ' ')).filter((text) => text !== ''),
    propagate,
  )
  .map(([name, text, more]) => ({ name, value: text, ...more }));
const part = fc.stringMatching(/^[a-z0-9_]{1,5}(-[a-z0-9])?$/);

/** Nodes with edges of their own below the root only if they are direct: `a ^b ^c` hangs both from a. */
function specArbitrary(depth: number): fc.Arbitrary<AbstractSpec> {
  const edge = (direct: boolean): fc.Arbitrary<SpecEdge> =>
    fc
      .record({
        spec: specArbitrary(direct ? 0 : 1),
        virtuals: fc.array(word, { maxLength: 2 }),
        deptypes: fc.subarray(['build', 'link', 'run', 'test'] as const),
        propagate: direct ? fc.boolean() : fc.constant(false),
      })
      .map((one) => ({ ...one, direct }));
  const distinct = { selector: ({ spec }: SpecEdge) => spec.name ?? '', maxLength: 2 };
  const direct = depth > 0 ? fc.uniqueArray(edge(true), distinct) : fc.constant([]);
  const indirect = depth > 1 ? fc.uniqueArray(edge(false), distinct) : fc.constant([]);
  return fc
    .record({
      name: optional(word),
      namespace: optional(word),
      versions: optional(
        fc
          .array(constraint, { minLength: 1, maxLength: 3 })
          .filter((list) => list.length === 1 || list.every((one) => one.kind !== 'git'))
          .filter((list) => !list.some((one) => isAnyVersion(one) || isEmptyRange(one)))
          .map(joinVersions)
          .filter((list) => !list.some(isAnyVersion)),
      ),
      variants: fc.uniqueArray(
        variant.filter((one) => !reserved.has(one.name)),
        { selector: (one) => one.name, maxLength: 3 },
      ),
      flags: fc.uniqueArray(flag, { selector: (one) => one.name, maxLength: 2 }),
      architecture: fc
        .constantFrom(undefined, {})
        .chain((none) =>
          none === undefined
            ? fc.constant(none)
            : fc.record({ platform: part, os: part, target: part }, { requiredKeys: ['os'] }),
        ),
      hash: optional(fc.stringMatching(/^[a-z2-7]{1,8}$/)),
      edges: fc.tuple(direct, indirect),
    })
    .map(({ edges, variants, flags, ...rest }) =>
      clean({
        ...rest,
        variants: sortByName(variants),
        flags: sortByName(flags),
        dependencies: sortEdges(edges.flat()),
      }),
    );
}

function clean<T extends object>(object: T): T {
  return Object.fromEntries(Object.entries(object).filter(([, member]) => member !== undefined)) as T;
}

test('every spec that can be said is read back from what is printed', () => {
  fc.assert(
    fc.property(specArbitrary(2), (spec) => {
      expect(parseSpec(formatSpec(spec))).toEqual(spec);
    }),
    { numRuns: 1000 },
  );
});

test('any text is read or refused with a place', () => {
  const text = fc.string({
    unit: fc.constantFrom('a', '1', '@', ':', '=', '+', '~', '%', '^', '[', ']', '/', ' ', ',', "'", '.', '-'),
    maxLength: 20,
  });
  fc.assert(
    fc.property(text, (one) => {
      try {
        expect(parseSpec(formatSpec(parseSpec(one)))).toEqual(parseSpec(one));
      } catch (error) {
        expect(error).toMatchObject({ code: 'SPEC_SYNTAX' });
      }
    }),
    { numRuns: 2000 },
  );
});
