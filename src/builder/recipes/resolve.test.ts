import { describe, expect, test } from 'vitest';
import { formatDiagnostic } from '../../kit/index.ts';
import { readEnvironment, type Environment } from '../../spack/index.ts';
import { readRecipe, type LoadedRecipe } from './recipe.ts';
import { resolveRecipes } from './resolve.ts';
import { rootRequirements } from './requirement.ts';

/** Resolves specs against recipes that are given as `name: the rest of the recipe`. */
function resolve(specs: readonly string[], recipes: Readonly<Record<string, string>>) {
  const text = ['spack:', '  specs:', ...specs.map((spec) => `    - ${spec}`), ''].join('\n');
  const { environment } = readEnvironment(text, 'spack.yaml');
  const loaded = Object.entries(recipes).map(([name, rest]): [string, LoadedRecipe] => {
    const read = readRecipe(`name: ${name}\n${rest}\ninstall: x\n`, `recipes/${name}.yaml`);
    if (read.loaded === undefined) throw new Error(read.diagnostics.map(formatDiagnostic).join('\n'));
    return [name, read.loaded];
  });
  const { requirements, diagnostics } = rootRequirements(environment as Environment);
  const { packages, diagnostics: faults } = resolveRecipes(requirements, new Map(loaded));
  return {
    packages: packages.map(({ name, version, dependencies }) =>
      [`${name}@${version}`, ...dependencies.map((one) => `${one.name}:${one.types.join('+')}`)].join(' '),
    ),
    faults: [...diagnostics, ...faults].map(
      ({ file, line, column, message, code }) => `${file}:${line}:${column} ${message} [${code}]`,
    ),
  };
}

describe('resolveRecipes', () => {
  test('puts dependencies before what needs them, and joins the types of one dependency', () => {
    const { packages, faults } = resolve(['viewer'], {
      viewer: 'version: "2"\ndepends: { link: [png, zlib], run: [zlib] }',
      png: 'version: "1.6"\ndepends: { build: [zlib], link: [zlib] }',
      zlib: 'version: "1.3"',
      unused: 'version: "0"\ndepends: { link: [nowhere] }',
    });
    expect(faults).toEqual([]);
    expect(packages).toEqual(['zlib@1.3', 'png@1.6 zlib:build+link', 'viewer@2 png:link zlib:link+run']);
  });

  test('takes the first version that every requirement accepts', () => {
    const zlib = 'versions: [{ version: "1.3" }, { version: "1.2.11" }]';
    expect(resolve(['zlib'], { zlib }).packages).toEqual(['zlib@1.3']);
    expect(resolve(['zlib@1.2'], { zlib }).packages).toEqual(['zlib@1.2.11']);
    expect(resolve(['zlib', 'png'], { zlib, png: 'version: "1"\ndepends: { link: ["zlib@:1.2"] }' }).packages[0]).toBe(
      'zlib@1.2.11',
    );
  });

  test('a spec without a recipe is reported with its place in spack.yaml', () => {
    expect(resolve(['zlib', 'lion'], { zlib: 'version: "1"' }).faults).toEqual([
      'spack.yaml:4:7 There is no recipe for `lion`. [RECIPE_NOT_FOUND]',
    ]);
  });

  test('a version that no recipe has is reported with those that exist', () => {
    expect(resolve(['zlib@2'], { zlib: 'versions: [{ version: "1.3" }, { version: "1.2" }]' }).faults).toEqual([
      'spack.yaml:3:7 No version of `zlib` matches `zlib@2`. The recipe recipes/zlib.yaml has 1.3, 1.2. [RECIPE_VERSION]',
    ]);
  });

  test('requirements that exclude each other are reported', () => {
    const recipes = {
      zlib: 'versions: [{ version: "1.3" }, { version: "1.2" }]',
      png: 'version: "1"\ndepends: { link: ["zlib@1.2"] }',
    };
    expect(resolve(['zlib@1.3', 'png'], recipes).faults).toEqual([
      'recipes/png.yaml:3:19 No version of `zlib` matches all of `zlib@1.2`, `zlib@1.3`. The recipe has 1.3, 1.2. [RECIPE_VERSION_CONFLICT]',
    ]);
  });

  test('a dependency that does not exist is reported with its place in the recipe', () => {
    expect(resolve(['png'], { png: 'version: "1"\ndepends:\n  link:\n    - zlib' }).faults).toEqual([
      'recipes/png.yaml:5:7 There is no recipe for `zlib`, a dependency of `png`. [RECIPE_UNKNOWN_DEPENDENCY]',
    ]);
  });

  test('a circle is named whole', () => {
    const recipes = {
      a: 'version: "1"\ndepends: { link: [b] }',
      b: 'version: "1"\ndepends: { build: [c] }',
      c: 'version: "1"\ndepends: { run: [b] }',
    };
    expect(resolve(['a'], recipes).faults).toEqual([
      'recipes/c.yaml:3:18 Packages depend on each other in a cycle: b → c → b. [RECIPE_CYCLE]',
    ]);
  });

  test('what recipes do not have is refused, not ignored', () => {
    expect(resolve(['zlib+shared'], { zlib: 'version: "1"' }).faults).toEqual([
      'spack.yaml:3:7 `zlib+shared` has more than a name and a version, which recipes do not support. [RECIPE_SPEC_UNSUPPORTED]',
    ]);
  });
});
