import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  actualImports,
  findViolations,
  importTable,
  importsOf,
  noCode,
  readImportTable,
  readSources,
} from './support/architecture.ts';
import type { SourceFile } from './support/architecture.ts';

const door = `/** ${'What this room is for, and what it is not. '.repeat(3)} */\n`;

/** A house in good order: two rooms in two floors, and enough files to be believed. */
function house(...extra: SourceFile[]): readonly SourceFile[] {
  const rooms = ['kit', 'gitlab', 'pipeline'].map((room) => ({ path: `src/${room}/index.ts`, text: door }));
  const filler = Array.from({ length: 60 }, (_, index) => ({ path: `src/pipeline/part-${index}.ts`, text: '' }));
  return [...rooms, ...filler, ...extra];
}

describe('the rooms', () => {
  const sources = readSources();
  const documented = readImportTable(readFileSync(new URL('../docs/architecture.md', import.meta.url), 'utf8'));

  test('obey the table of imports', () => {
    expect(findViolations(sources, importTable)).toEqual([]);
  });

  test('have the table that docs/architecture.md prints', () => {
    expect(documented.allowed).toEqual(importTable);
  });

  test('import what docs/architecture.md says they import now (`npm run generate` brings it up to date)', () => {
    const actual = actualImports(sources);
    const expected = Object.keys(importTable).map((room) => [room, actual.get(room) ?? [noCode]]);
    expect(Object.fromEntries(documented.now)).toEqual({ ...Object.fromEntries(expected), cli: 'every room' });
  });
});

describe('the checker', () => {
  test('finds nothing in a house in good order', () => {
    expect(
      findViolations(
        house({ path: 'src/pipeline/plan.ts', text: "import { a } from '../gitlab/index.ts';" }),
        importTable,
      ),
    ).toEqual([]);
  });

  test('is not content with no files', () => {
    expect(findViolations([], importTable)).toEqual(['saw only 0 files; there must be more than 50']);
  });

  test.each([
    [
      'a room that may not be imported',
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
    ['a way round the door', 'src/pipeline/a.ts', "import { a } from '../gitlab/rules.ts';", 'enter by index.ts'],
    [
      'a way round the door in a test',
      'src/pipeline/a.test.ts',
      "import { a } from '../gitlab/rules.ts';",
      'enter by index.ts',
    ],
    ['an import by the kit', 'src/kit/a.ts', "import { a } from '../gitlab/index.ts';", '`kit` may not'],
    [
      'a way out of the sources',
      'src/pipeline/a.ts',
      "import { a } from '../../test/support/part.ts';",
      'outside the rooms',
    ],
    [
      'input and output in the engine',
      'src/pipeline/a.ts',
      "import { readFile } from 'node:fs/promises';",
      'no input or output',
    ],
    [
      'a program that is started without the kit',
      'src/gitlab/a.ts',
      "import { spawn } from 'node:child_process';",
      'programs are started by `src/kit/run-program.ts`',
    ],
    ['a room that the table lacks', 'src/attic/index.ts', door, 'no room `attic`'],
    ['a room without a door', 'src/store/a.ts', '', '`store` has no index.ts'],
    ['a door without a word', 'src/store/index.ts', '/** Short. */', 'must open with a paragraph'],
    ['a file that is too long', 'src/pipeline/a.ts', 'a\n'.repeat(401), 'has 401 lines'],
    ['a vague name', 'src/pipeline/utils.ts', '', 'named for what it holds'],
    ['a name in another style', 'src/pipeline/jobState.ts', '', 'kebab-case'],
    ['a file in no room', 'src/main.ts', '', 'in no room'],
  ])('refuses %s', (_what, path, text, complaint) => {
    const found = findViolations(house({ path, text }), importTable);
    expect(found.join('\n')).toContain(complaint);
    expect(found).toHaveLength(1);
  });

  test('refuses a circle in the table', () => {
    const found = findViolations(house(), { ...importTable, gitlab: ['pipeline'] });
    expect(found).toContain('the table has a cycle: gitlab → pipeline → gitlab');
  });

  test('refuses a circle in the code, even where the table would have it', () => {
    const there = { path: 'src/pipeline/a.ts', text: "import { a } from '../gitlab/index.ts';" };
    const back = { path: 'src/gitlab/a.ts', text: "import { a } from '../pipeline/index.ts';" };
    expect(findViolations(house(there, back), importTable)).toContain(
      'rooms import each other in a circle: gitlab → pipeline → gitlab',
    );
  });

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
});
