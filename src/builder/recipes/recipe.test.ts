import { describe, expect, test } from 'vitest';
import { formatDiagnostic } from '../../kit/index.ts';
import { readRecipe, recipeVersions } from './recipe.ts';

function faults(text: string): readonly string[] {
  return readRecipe(text, 'recipes/zoo.yaml').diagnostics.map((one) => `${one.line}:${one.column} ${one.message}`);
}

describe('readRecipe', () => {
  test('reads a recipe and turns single commands into lists', () => {
    const { loaded, diagnostics } = readRecipe(
      'name: zoo\nversion: "1.0"\nbuild: make\ninstall: [make install, touch x]\n',
      'recipes/zoo.yaml',
    );
    expect(diagnostics).toEqual([]);
    expect(loaded?.recipe).toMatchObject({
      build: ['make'],
      install: ['make install', 'touch x'],
      depends: { build: [], link: [], run: [] },
    });
  });

  test('offers versions in the order written, each with its own source or the common one', () => {
    const text =
      'name: zoo\nversions:\n  - version: "2.0"\n  - { version: "1.0", source: { path: src/old } }\nsource: { path: src/new }\ninstall: x\n';
    const { loaded } = readRecipe(text, 'recipes/zoo.yaml');
    expect(loaded && recipeVersions(loaded.recipe)).toEqual([
      { version: '2.0', source: { path: 'src/new' } },
      { version: '1.0', source: { path: 'src/old' } },
    ]);
  });

  test('reports every fault with its place', () => {
    expect(faults('name: zoo\nversion: 1.0\ninstall: x\n')).toEqual([
      '2:1 `version`: put the version in quotes, so that YAML does not read it as a number.',
    ]);
    expect(faults('name: zoo\nversion: "1"\nsource: { path: ../other }\ninstal: x\ninstall: y\n')).toEqual([
      '3:11 `source.path`: the path of a source is a folder of the stack, without `..`.',
      '4:1 Unknown key `instal`; did you mean `install`?',
    ]);
    expect(faults('name: zoo\nversion: "1"\nsource: { path: . }\ninstall: x\n')[0]).toMatch(
      'a source at the top of the stack needs `files`, as in `{ path: ., files: [Makefile, "*.c", src] }`',
    );
    expect(faults('name: zoo\ninstall: x\n')).toEqual(['1:1 `version`: a recipe has either `version` or `versions`.']);
  });

  test('wants the file to be named after the package', () => {
    const [fault] = readRecipe('name: lion\nversion: "1"\ninstall: x\n', 'recipes/zoo.yaml').diagnostics;
    expect(fault && formatDiagnostic(fault)).toBe(
      'recipes/zoo.yaml:1:1: error: The recipe in `zoo.yaml` has the name `lion`. [RECIPE_NAME]\n  hint: Rename the file to `lion.yaml`, or correct `name`.',
    );
  });

  test('survives broken YAML', () => {
    expect(faults('name: [zoo\n')[0]).toMatch(/^2:1 /);
  });
});
