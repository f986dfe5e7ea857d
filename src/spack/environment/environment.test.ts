import { describe, expect, test } from 'vitest';
import { fixture, fixturesIn } from '../../../test/fixtures/spack/fixtures.ts';
import { formatDiagnostic } from '../../kit/index.ts';
import { readEnvironment, type Environment, type EnvironmentOptions } from './environment.ts';
import { readLockfile } from '../lock/lockfile.ts';
import { formatSpec } from '../spec/spec.ts';
import { parseSpec } from '../spec/spec-parser.ts';

function read(text: string, options?: EnvironmentOptions): Environment {
  const { environment, diagnostics } = readEnvironment(text, 'spack.yaml', options);
  if (environment === undefined) throw new Error(diagnostics.map(formatDiagnostic).join('\n'));
  return environment;
}

const texts = (text: string, options?: EnvironmentOptions) => read(text, options).specs.map((one) => one.text);

/** `line:column code` of every fault. */
const places = (text: string) =>
  readEnvironment(text, 'spack.yaml').diagnostics.map(
    (one) => `${one.line}:${one.column} ${one.code.replace('ENVIRONMENT_', '')}`,
  );

describe('environments of real stacks', () => {
  const files = fixturesIn('.', 'spack.yaml').filter((path) => !path.includes('configs'));

  test.each(files)('%s is read without a fault', (path) => {
    expect(readEnvironment(fixture(path), path).diagnostics).toEqual([]);
  });

  test.each(['spack-0.23-tutorial', 'spack-0.23-e4s-part', 'spack-0.23-small', 'spack-1.2/env'])(
    '%s: the specs are the roots of the lock that Spack made of it',
    (folder) => {
      const lock = readLockfile(fixture(`${folder}/spack.lock`), 'spack.lock');
      const roots = lock.roots.map((root) => formatSpec(parseSpec(root.spec, { percent: 'compiler' })));
      const specs = read(fixture(`${folder}/spack.yaml`)).specs.map((one) => formatSpec(one.spec));
      expect(specs.toSorted()).toEqual(roots.toSorted());
    },
  );

  test('the tutorial has its specs in the order that Spack expanded them', () => {
    const lock = readLockfile(fixture('spack-0.23-tutorial/spack.lock'), 'spack.lock');
    const roots = lock.roots.map((root) => formatSpec(parseSpec(root.spec, { percent: 'compiler' })));
    expect(read(fixture('spack-0.23-tutorial/spack.yaml')).specs.map((one) => formatSpec(one.spec))).toEqual(roots);
  });

  test('sections are kept as they stand, mirrors are filled in', () => {
    const environment = read(fixture('spack-0.23-small/spack.yaml'));
    expect(environment.raw.ci).toMatchObject({ target: 'gitlab' });
    expect(environment.raw).toMatchObject({ view: false, concretizer: { unify: true, reuse: false } });
    expect(environment.mirrors).toMatchObject([
      {
        name: 'buildcache-destination',
        pushUrl: 'file:///srv/spack-lab/mirror',
        source: false,
        binary: true,
        signed: true,
      },
      { name: 'lab-sources', source: true, binary: false, signed: true },
    ]);
    expect(environment.specs[2]).toMatchObject({ text: 'freetype build_system=cmake', line: 5, column: 5 });
    expect(read(fixture('spack-0.23-tutorial/spack.yaml')).cdash).toEqual({ buildGroup: 'Spack Tutorial' });
  });
});

describe('definitions', () => {
  test('that come again are added to, and may refer to those above', () => {
    expect(
      texts(`spack:
  definitions:
  - libs: [zlib]
  - libs: [bzip2, $libs]
  specs: [$libs, hdf5]
`),
    ).toEqual(['zlib', 'bzip2', 'zlib', 'hdf5']);
  });

  test('stand behind a sigil where they are referred to with it', () => {
    expect(
      texts(`spack:
  definitions:
  - mpis: [mpich, openmpi@4]
  - compilers: [gcc@12]
  specs:
  - matrix:
    - [hdf5+mpi]
    - [$^mpis]
    - [$%compilers]
`),
    ).toEqual(['hdf5+mpi %gcc@12 ^mpich', 'hdf5+mpi %gcc@12 ^openmpi@4']);
  });

  test('a sigil before a matrix stands before its first part', () => {
    const environment = `spack:
  definitions:
  - mpis: [matrix: [[mpich, openmpi], [+x]]]
  specs: [$^mpis]
`;
    expect(texts(environment)).toEqual(['+x ^mpich', '+x ^openmpi']);
  });

  const conditional = (when: string) => `spack:
  definitions:
  - libs: [zlib]
  - libs: [bzip2]
    when: ${when}
  specs: [$libs]
`;
  const host = { platform: 'linux', target: 'x86_64_v3', os: 'debian13', env: { STACK: 'e4s', EMPTY: '' } };

  test.each([
    ['true', ['zlib', 'bzip2']],
    ['"False"', ['zlib']],
    [`platform == 'linux' and not (os == "x" or target != 'x86_64_v3')`, ['zlib', 'bzip2']],
    [`"'x86' in target"`, ['zlib', 'bzip2']],
    [`"'x86' not in target"`, ['zlib']],
    [`hostname == 'a' or platform == 'linux'`, ['zlib', 'bzip2']],
    [`hostname == 'a' and platform == 'darwin'`, ['zlib']],
    [`env.get("STACK") == "e4s" and not env.get("CRAY")`, ['zlib', 'bzip2']],
    [`env.get('STACK')`, ['zlib', 'bzip2']],
    [`env.get('EMPTY')`, ['zlib']],
    [`env.get('CRAY', 'none') == 'none'`, ['zlib', 'bzip2']],
    [`env.get('CRAY') == None`, ['zlib', 'bzip2']],
    [`env["STACK"] in "e4s hep"`, ['zlib', 'bzip2']],
    [`"'STACK' in env and 'CRAY' not in env"`, ['zlib', 'bzip2']],
    [`(env.get('CRAY') or env.get('STACK')) == 'e4s'`, ['zlib', 'bzip2']],
    [`os`, ['zlib', 'bzip2']],
  ])('when: %s', (when, expected) => {
    expect(texts(conditional(when), { host })).toEqual(expected);
  });

  test.each([
    `hostname == 'a'`,
    `re.search(r'x', hostname)`,
    `env["X"] == "1"`,
    `env.pop('STACK')`,
    'True True',
    '"(True"',
    '17',
  ])('when: %s cannot be decided: left out, with a warning', (when) => {
    const { environment, diagnostics } = readEnvironment(conditional(when), 'spack.yaml', { host });
    expect(environment?.specs.map((one) => one.text)).toEqual(['zlib']);
    expect(diagnostics).toMatchObject([{ code: 'ENVIRONMENT_CONDITION_UNKNOWN', severity: 'warning', line: 5 }]);
  });
});

describe('matrices', () => {
  test('are multiplied out, the last row fastest, without what is excluded', () => {
    expect(
      texts(`spack:
  specs:
  - matrix:
    - [a, b@2]
    - [+x, ~x]
    - [^mpich, ^openmpi]
    exclude: ['b@:3 ^openmpi', a~x]
`),
    ).toEqual(['a+x ^mpich', 'a+x ^openmpi', 'b@2+x ^mpich', 'b@2~x ^mpich']);
  });

  test('of versions that end in a colon, which YAML takes for keys', () => {
    expect(texts('spack: { specs: [matrix: [[a@1:, b@2], ["%gcc@12:"]], zlib@1.2:] }')).toEqual([
      'a@1: %gcc@12:',
      'b@2 %gcc@12:',
      'zlib@1.2:',
    ]);
  });

  test('may stand inside of a row', () => {
    const nested = `spack: { specs: [matrix: [[a], [matrix: [[^b, ^c], ['@1']]]]] }`;
    expect(texts(nested)).toEqual(['a ^b@1', 'a ^c@1']);
  });

  test('are those of all groups, too', () => {
    const environment = read(`spack:
  specs:
  - group: tools
    specs: [cmake]
  - zlib
  - group: apps
    needs: [tools]
    matrix: [[hdf5], [+mpi, ~mpi]]
`);
    expect(environment.specs.map(({ text, line }) => [text, line])).toEqual([
      ['cmake', 4],
      ['zlib', 5],
      ['hdf5+mpi', 6],
      ['hdf5~mpi', 6],
    ]);
  });
});

test('a row of a matrix that is empty makes no spec, with a warning', () => {
  const text = 'spack:\n  definitions: [{ gpu: [] }]\n  specs:\n  - zlib\n  - matrix:\n    - [kokkos]\n    - [$gpu]\n';
  expect(texts(text)).toEqual(['zlib']);
  expect(places(text)).toEqual(['7:7 MATRIX_EMPTY']);
});

describe('mirrors', () => {
  const mirrors = (yaml: string) => read(`spack:\n  mirrors: ${yaml}\n`).mirrors;

  test('may be a text, or two, as in the time of Spack 0.16', () => {
    expect(mirrors('{ m: "s3://b" }')).toMatchObject([{ fetchUrl: 's3://b', pushUrl: 's3://b', signed: true }]);
    expect(mirrors('{ m: { fetch: "https://a", push: "s3://b" } }')).toMatchObject([
      { fetchUrl: 'https://a', pushUrl: 's3://b' },
    ]);
    expect(mirrors('{ m: { push: "s3://b" } }')).toMatchObject([{ fetchUrl: 's3://b' }]);
  });

  test('have any name, as in Spack', () => {
    const text = '{ e4s-21.05: "s3://b", "site:": "s3://s" }';
    expect(mirrors(text).map(({ name }) => name)).toEqual(['e4s-21.05', 'site']);
  });

  test('take what a direction does not say from the mirror', () => {
    const [mirror] = mirrors(`
    m:
      url: s3://b
      endpoint_url: minio:9000
      access_pair: { id_variable: ID, secret_variable: SECRET }
      signed: false
      push: { access_pair: { id_variable: PUSH, secret_variable: SECRET }, endpoint_url: 'http://x' }`);
    expect(mirror).toMatchObject({
      signed: false,
      fetch: { url: 's3://b', endpointUrl: 'https://minio:9000', idVariable: 'ID', secretVariable: 'SECRET' },
      push: { url: 's3://b', endpointUrl: 'http://x', idVariable: 'PUSH' },
    });
  });

  test('with a credential in the file are warned of, and do not print it', () => {
    const text = 'spack:\n  mirrors:\n    m: { url: s3://b, access_pair: [id, hunter22] }\n';
    const result = readEnvironment(text, 'spack.yaml');
    expect(result.diagnostics).toMatchObject([
      { code: 'ENVIRONMENT_CREDENTIALS', severity: 'warning', line: 3, column: 5 },
    ]);
    expect(JSON.stringify(result)).not.toContain('hunter22');
    expect(result.environment?.mirrors[0]?.push.secret?.reveal()).toBe('hunter22');
  });
});

describe('a fault is reported at its position', () => {
  test.each([
    ['', '1:1 KEY_MISSING'],
    ['specs: [a]', '1:1 KEY_UNKNOWN,1:1 KEY_MISSING'],
    ['spack: [a]', '1:1 SHAPE'],
    ['spack:\n  specs:\n    a: b', '2:3 SHAPE'],
    ['spack:\n  spec: [a]', '2:3 KEY_UNKNOWN'],
    ['spack:\n  specs: []\nother: 1', '3:1 KEY_UNKNOWN'],
    ['spack:\n  specs:\n  - $nothing', '3:5 DEFINITION_UNKNOWN'],
    ['spack:\n  definitions:\n  - a: [$b]\n  - b: [x]\n  specs: [$a]', '3:9 DEFINITION_UNKNOWN'],
    ['spack:\n  definitions:\n  - a: [$b]\n  - b: [$a]', '3:9 DEFINITION_UNKNOWN'],
    ['spack:\n  definitions:\n  - a: [x]\n    b: [y]', '3:5 DEFINITION_SHAPE'],
    ['spack:\n  definitions:\n  - [x]', '3:5 SHAPE'],
    ['spack:\n  specs:\n  - matrix: []', '3:5 MATRIX_EMPTY'],
    ['spack:\n  specs:\n  - matrix: x', '3:5 SHAPE'],
    ['spack:\n  specs:\n  - matrices: []', '3:5 KEY_UNKNOWN'],
    ['spack:\n  specs:\n  - 17', '3:5 SHAPE'],
    ['spack:\n  specs:\n  - zlib@@\n  - ok\n  - x y', '3:5 SPEC_INVALID,5:5 SPEC_INVALID'],
    ['spack:\n  specs:\n  - matrix:\n    - [a, b]\n    - [+x@@]', '5:8 SPEC_INVALID'],
    ['spack:\n  specs:\n  - matrix:\n    - [a+x]\n    - [~x]\n    exclude: [b]', '5:8 SPEC_INVALID'],
    ['spack:\n  mirrors:\n    m:\n      url: s3://x\n      sined: true', '5:7 SECTION_INVALID'],
    ['spack:\n  mirrors:\n    m: {}', '3:5 SECTION_INVALID'],
    ['spack:\n  cdash: { url: x }', '2:3 SECTION_INVALID'],
    ['spack:\n  view: [1]', '2:3 SHAPE'],
    ['spack:\n  specs:\n  - group: 1\n    specs: [a]', '3:5 SHAPE'],
    ['spack:\n  a: 1\n  a: 2', '3:3 YAML_SYNTAX'],
  ])('%j: %s', (text, expected) => {
    const result = readEnvironment(text, 'spack.yaml');
    expect(places(text).join()).toBe(expected);
    expect(result.environment).toBeUndefined();
  });

  test('with a hint', () => {
    const [fault] = readEnvironment(
      'spack:\n  definitions:\n  - a: [$b]\n  - b: [$c]\n  - c: [$b]\n',
      'stack/spack.yaml',
    ).diagnostics;
    expect(fault && formatDiagnostic(fault)).toMatchInlineSnapshot(`
      "stack/spack.yaml:3:9: error: The reference \`$b\` names the definition \`b\`, which does not exist above it, or whose \`when\` is false. [ENVIRONMENT_DEFINITION_UNKNOWN]
        hint: Move the definition above its use, because Spack reads \`definitions\` from top to bottom."
    `);
  });

  test('old files are read with a warning', () => {
    const { environment, diagnostics } = readEnvironment('env:\n  specs: [a]\n  packages:: {}\n', 'spack.yaml');
    expect(environment?.specs).toHaveLength(1);
    expect(environment?.raw.packages).toEqual({});
    expect(diagnostics).toMatchObject([{ code: 'ENVIRONMENT_KEY_OLD', severity: 'warning' }]);
  });
});

describe('small files that stand for much', () => {
  test('a matrix of more than 10,000 is refused before it is made', () => {
    const row = `[${Array.from({ length: 100 }, (_, index) => `p${index}`).join(', ')}]`;
    const rows = Array.from({ length: 6 }, () => row).join(', ');
    expect(places(`spack:\n  specs:\n  - matrix: [${rows}]`)).toEqual(['3:5 MATRIX_TOO_LARGE']);
    expect(places(`spack:\n  specs:\n  - matrix: [[a], [matrix: [${rows}]]]`)).toEqual(['3:5 MATRIX_TOO_LARGE']);
  });

  test('so are lists that double from definition to definition', () => {
    const doubles = Array.from({ length: 40 }, (_, index) => `  - d${index + 1}: [$d${index}, $d${index}]`).join('\n');
    const faults = places(`spack:\n  definitions:\n  - d0: [a]\n${doubles}\n  specs: [$d40]`);
    expect(faults[0]).toMatch(/MATRIX_TOO_LARGE/);
  });

  test('and references to a long list, each of which is short', () => {
    const long = Array.from({ length: 9000 }, (_, index) => `p${index}`).join(', ');
    const many = Array.from({ length: 200 }, (_, index) => `  - d${index}: [$long]`).join('\n');
    const faults = places(`spack:\n  definitions:\n  - long: [${long}]\n${many}\n`);
    expect(faults.filter((one) => one.endsWith('TOO_LARGE'))).toHaveLength(1);
  });
});
