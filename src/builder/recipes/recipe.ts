import * as z from 'zod';
import { checkYaml, readYaml, type Diagnostic, type YamlSource } from '../../kit/index.ts';
import { RecipeEnvironment } from './recipe-environment.ts';
import { recipeFault } from './recipe-errors.ts';

const Name = z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'a package name has small letters, digits and `-`');
const Version = z
  .string({ error: 'put the version in quotes, so that YAML does not read it as a number' })
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, 'a version has letters, digits, `.`, `-` and `_`');
const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'a sha256 has 64 hexadecimal digits, in small letters');
const StackPath = z
  .string()
  .refine(isBelowStack, 'the path of a source is a folder of the stack, without `..`')
  .describe('Folder of the repository');
const SourceUrl = z.string().regex(/^(https?|file):\/\/\S+$/, 'an address begins with https://, http:// or file://');

const SourceFiles = z
  .array(z.string().regex(/^[^/]+$/, 'each of the `files` is a name at the top of the source, which may contain `*`'))
  .min(1)
  .optional()
  .describe(
    'Names of the files and folders at the top of `path` that are the source; `*` matches any text. Default: all',
  );

/** The top of the stack contains much that is not source, such as recipes, artifacts of jobs and the data of a server. */
const SourceFolder = z
  .strictObject({ path: StackPath, files: SourceFiles })
  .refine(({ path, files }) => !/^[./]+$/.test(path) || files !== undefined, {
    error: 'a source at the top of the stack needs `files`, as in `{ path: ., files: [Makefile, "*.c", src] }`',
  });

const Source = z
  .union([SourceFolder, z.strictObject({ url: SourceUrl, sha256: Sha256 })], {
    error: 'a source is `{ path: folder-of-the-stack }` or `{ url: …, sha256: … }`',
  })
  .describe('Source code: a folder of the repository, or an archive with its checksum');
export type Source = z.infer<typeof Source>;

const Steps = z
  .union([z.string().min(1), z.array(z.string().min(1)).min(1)], {
    error: 'shell commands: a text, or a list of texts',
  })
  .transform((value): readonly string[] => (typeof value === 'string' ? [value] : value));

/** A dependency: `name` or `name@version`. */
const Dependency = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]*(@=?[A-Za-z0-9_.:,=-]+)?$/, 'a dependency is `name` or `name@version`');

/** `recipes/<name>.yaml`: how one package is made. */
export const Recipe = z
  .strictObject({
    name: Name.describe('Name of the package, and of the file'),
    version: Version.optional().describe('Version, if there is only one. Set this or `versions`'),
    versions: z
      .array(z.strictObject({ version: Version.describe('Version'), source: Source.optional() }))
      .min(1)
      .optional()
      .describe('Versions, the preferred one first. Each may have its own source'),
    source: Source.optional(),
    depends: z
      .strictObject({
        build: z.array(Dependency).default([]).describe('Dependencies that are needed only to build'),
        link: z.array(Dependency).default([]).describe('Dependencies that are linked, and needed to build and to run'),
        run: z.array(Dependency).default([]).describe('Dependencies that are needed only to run'),
      })
      .prefault({})
      .describe('Dependencies: `name` or `name@version`'),
    env: z
      .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string())
      .default({})
      .describe('Variables of all steps'),
    environment: RecipeEnvironment.optional(),
    build: Steps.optional().describe('Commands that run in the folder of the source'),
    install: Steps.describe('Commands that install files into `$PREFIX`'),
    test: Steps.optional().describe('Commands that run after `install` and test the files in `$PREFIX`'),
  })
  .refine((recipe) => (recipe.version === undefined) !== (recipe.versions === undefined), {
    error: 'a recipe has either `version` or `versions`',
    path: ['version'],
  })
  .describe('A recipe of the embedded builder');
export type Recipe = z.infer<typeof Recipe>;

/** A recipe with the file that it was read from, for messages. */
export interface LoadedRecipe {
  readonly recipe: Recipe;
  readonly source: YamlSource;
}

/** Reads one recipe. The file must be called after the package. */
export function readRecipe(text: string, file: string): { loaded?: LoadedRecipe; diagnostics: readonly Diagnostic[] } {
  const source = readYaml(text, file, { maxLength: 1_000_000 });
  const { value, diagnostics } = checkYaml(source, Recipe);
  if (value === undefined) return { diagnostics };
  const expected = file.replace(/^.*\//, '').replace(/\.yaml$/, '');
  if (value.name === expected) return { loaded: { recipe: value, source }, diagnostics: [] };
  return { diagnostics: [source.fault(['name'], recipeFault('RECIPE_NAME', { expected, name: value.name }))] };
}

/** The versions that a recipe offers, the preferred one first, each with its source. */
export function recipeVersions(
  recipe: Recipe,
): readonly { readonly version: string; readonly source: Source | undefined }[] {
  if (recipe.version !== undefined) return [{ version: recipe.version, source: recipe.source }];
  return (recipe.versions ?? []).map((one) => ({ version: one.version, source: one.source ?? recipe.source }));
}

function isBelowStack(path: string): boolean {
  const parts = path.split('/').filter((part) => part !== '.' && part !== '');
  return path !== '' && !path.startsWith('/') && !parts.includes('..');
}
