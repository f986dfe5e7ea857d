import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { actualImports, findViolations, importTable, noCode, readImportTable } from './support/architecture.ts';
import { exportsOf, unusedExports } from './support/exports.ts';
import { importsOf } from './support/imports.ts';
import { readSources, type SourceFile } from './support/source-files.ts';

const index = `/** ${'What this module is for, and what it is not. '.repeat(3)} */\n`;

/** Returns three modules without a fault, with enough files for the checker, and some files besides. */
function program(...extra: SourceFile[]): readonly SourceFile[] {
  const modules = ['kit', 'gitlab', 'pipeline'].map((module) => ({ path: `src/${module}/index.ts`, text: index }));
  const filler = Array.from({ length: 60 }, (_, number) => ({ path: `src/pipeline/part-${number}.ts`, text: '' }));
  return [...modules, ...filler, ...extra];
}

describe('the modules', () => {
  const sources = readSources();
  const documented = readImportTable(readFileSync(new URL('../docs/architecture.md', import.meta.url), 'utf8'));

  test('obey the import table, and files import each other in no cycle', () => {
    expect(findViolations(sources, importTable)).toEqual([]);
  });

  test('have the table that docs/architecture.md prints', () => {
    expect(documented.allowed).toEqual(importTable);
  });

  test('import what docs/architecture.md lists (`npm run generate` updates it)', () => {
    const actual = actualImports(sources);
    const expected = Object.keys(importTable).map((module) => [module, actual.get(module) ?? [noCode]]);
    expect(Object.fromEntries(documented.now)).toEqual({ ...Object.fromEntries(expected), cli: 'every module' });
  });

  test('export nothing that no other file imports', () => {
    const users = ['test', 'bench', 'scripts', 'bin'].flatMap(readSources);
    const unused = unusedExports([...sources, ...readSources('web/src')], users);
    expect(unused).toEqual([]);
  });
});

describe('the checker', () => {
  test('finds nothing in a program without a fault', () => {
    expect(
      findViolations(
        program({ path: 'src/pipeline/plan.ts', text: "import { a } from '../gitlab/index.ts';" }),
        importTable,
      ),
    ).toEqual([]);
  });

  test('does not accept that there are no files', () => {
    expect(findViolations([], importTable)).toEqual(['saw only 0 files; there must be more than 50']);
  });

  test.each([
    [
      'a module that may not be imported',
      'src/gitlab/a.ts',
      "import type { A } from '../pipeline/index.ts';",
      '`gitlab` may not',
    ],
    [
      'an import over several lines',
      'src/gitlab/a.ts',
      "import {\n  a,\n  b,\n} from '../pipeline/index.ts';",
      '`gitlab` may not',
    ],
    ['a re-export', 'src/gitlab/a.ts', "export * from '../pipeline/index.ts';", '`gitlab` may not'],
    ['a bare import', 'src/gitlab/a.ts', "import '../pipeline/index.ts';", '`gitlab` may not'],
    ['an import at run time', 'src/gitlab/a.ts', "const a = await import('../pipeline/index.ts');", '`gitlab` may not'],
    ['a computed import', 'src/gitlab/a.ts', 'await import(name);', 'computed name'],
    ['an import past index.ts', 'src/pipeline/a.ts', "import { a } from '../gitlab/rules.ts';", 'import index.ts'],
    [
      'an import past index.ts in a test',
      'src/pipeline/a.test.ts',
      "import { a } from '../gitlab/rules.ts';",
      'import index.ts',
    ],
    ['an import by the kit', 'src/kit/a.ts', "import { a } from '../gitlab/index.ts';", '`kit` may not'],
    [
      'an import from outside the sources',
      'src/pipeline/a.ts',
      "import { a } from '../../test/support/part.ts';",
      'in no module',
    ],
    [
      'input and output in the pure engine',
      'src/pipeline/a.ts',
      "import { readFile } from 'node:fs/promises';",
      'no input or output',
    ],
    [
      'a program that is started without the kit',
      'src/gitlab/a.ts',
      "import { spawn } from 'node:child_process';",
      'programs are started by `src/kit/programs/spawn-program.ts`',
    ],
    ['a module that the table lacks', 'src/attic/index.ts', index, 'no module `attic`'],
    ['a module without an index file', 'src/store/a.ts', '', '`store` has no index.ts'],
    ['an index file without a description', 'src/store/index.ts', '/** Short. */', 'must open with a paragraph'],
    ['a file that is too long', 'src/pipeline/a.ts', 'a\n'.repeat(401), 'has 401 lines'],
    ['a vague name', 'src/pipeline/utils.ts', '', 'named for what it holds'],
    ['a name in another style', 'src/pipeline/jobState.ts', '', 'kebab-case'],
    ['a file in no module', 'src/main.ts', '', 'in no module'],
    ['a file that imports itself', 'src/gitlab/a.ts', "import { a } from './a.ts';", 'in a cycle: src/gitlab/a.ts'],
  ])('refuses %s', (_what, path, text, complaint) => {
    const found = findViolations(program({ path, text }), importTable);
    expect(found.join('\n')).toContain(complaint);
    expect(found).toHaveLength(1);
  });

  test('refuses a cycle in the table', () => {
    const found = findViolations(program(), { ...importTable, gitlab: ['pipeline'] });
    expect(found).toContain('the table has a cycle: gitlab → pipeline → gitlab');
  });

  test('refuses a cycle between modules, even if the table allows it', () => {
    const there = { path: 'src/pipeline/a.ts', text: "import { a } from '../gitlab/index.ts';" };
    const back = { path: 'src/gitlab/a.ts', text: "import { a } from '../pipeline/index.ts';" };
    expect(findViolations(program(there, back), importTable)).toContain(
      'modules import each other in a cycle: gitlab → pipeline → gitlab',
    );
  });

  test.each(["import { a } from './c.ts';", "import type { A } from './c.ts';", "export { a } from './c.ts';"])(
    'refuses a cycle between files: %s',
    (text) => {
      const a = { path: 'src/gitlab/a.ts', text: "import { b } from './b.ts';" };
      const b = { path: 'src/gitlab/b.ts', text };
      const c = { path: 'src/gitlab/c.ts', text: "const a = await import('./a.ts');" };
      expect(findViolations(program(a, b, c), importTable)).toEqual([
        'files import each other in a cycle: src/gitlab/a.ts → src/gitlab/b.ts → src/gitlab/c.ts → src/gitlab/a.ts',
      ]);
    },
  );

  test('reads imports, and leaves comments and other texts alone', () => {
    const text = [
      "import a from 'a';",
      "// import b from 'b';",
      '/**',
      " * import c from 'c';",
      ' */',
      "const d = { import: 'd' };",
      "export const e = 'e';",
    ];
    expect(importsOf(text.join('\n'))).toEqual(['a']);
  });

  test('reads every form of export', () => {
    const text = [
      'export function a() {}',
      'export async function* b() {}',
      'export class C {}',
      'export const d = 1;',
      'export interface E {}',
      'export type F = 1;',
      "export { g, h as i, type J } from './other.ts';",
      "export type { K } from './other.ts';",
      '// export const comment = 1;',
      'export {\n  l,\n};',
    ];
    expect(exportsOf(text.join('\n')).map(({ name }) => name)).toEqual('a b C d E F g i J K l'.split(' '));
  });
});

describe('an export', () => {
  const file = { path: 'src/kit/a.ts', text: 'export const a = 1;\nexport const b = a;' };
  const indexFile = { path: 'src/kit/index.ts', text: "export { a, b as c } from './a.ts';" };

  test('that no other file imports is found', () => {
    expect(unusedExports([file])).toEqual(['src/kit/a.ts: a', 'src/kit/a.ts: b']);
  });

  test.each([
    ['an import', "import { a, type b } from '../src/kit/a.ts';"],
    ['an import over several lines', "import {\n  a,\n  b as c,\n} from '../src/kit/a.ts';"],
    ['an import of everything', "import * as all from '../src/kit/a.ts';"],
    ['an import at run time', "const { a } = await import('../src/kit/a.ts');"],
    ['a re-export', "export { a, b } from '../src/kit/a.ts';"],
  ])('is used by %s', (_what, text) => {
    expect(unusedExports([file], [{ path: 'test/x.test.ts', text }])).toEqual([]);
  });

  test('of an index file is used by other modules only', () => {
    const within = { path: 'src/kit/b.ts', text: "import { a, c } from './index.ts';" };
    const outside = { path: 'src/oci/b.ts', text: "import { a } from '../kit/index.ts';" };
    expect(unusedExports([file, indexFile, within])).toEqual(['src/kit/index.ts: a', 'src/kit/index.ts: c']);
    expect(unusedExports([file, indexFile, within, outside])).toEqual(['src/kit/index.ts: c']);
  });
});
