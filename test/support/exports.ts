import { codeOf, moduleOf, resolveImport, type SourceFile } from './source-files.ts';

/** A name that a file exports; `from` and `source` are set if it passes on the export of another file. */
interface Export {
  readonly name: string;
  readonly from?: string;
  readonly source?: string;
}

/** Names that a file takes from another one; `*` stands for all of them. */
interface Import {
  readonly from: string;
  readonly names: readonly string[];
}

/**
 * Returns the exports that no other file imports, as `file: name`. An export of a module's `index.ts` counts only if
 * a file outside the module imports it. Exports of `files` are checked, imports are read in `files` and `users`.
 */
export function unusedExports(files: readonly SourceFile[], users: readonly SourceFile[] = []): readonly string[] {
  const used = new Set<string>();
  for (const file of [...files, ...users]) {
    for (const { from, names } of importedNames(file)) {
      const isIndex = /^src\/[^/]+\/index\.ts$/.test(from);
      if (isIndex && moduleOf(from) === moduleOf(file.path)) continue;
      for (const name of names) used.add(`${from}: ${name}`);
    }
  }
  const isUsed = (path: string, name: string) => used.has(`${path}: ${name}`) || used.has(`${path}: *`);
  return files.flatMap((file) => {
    const names = exportsOf(file.text).flatMap(({ name }) => (name === '*' || isUsed(file.path, name) ? [] : [name]));
    return [...new Set(names)].filter((name) => !isErrorTable(file, name)).map((name) => `${file.path}: ${name}`);
  });
}

/** `npm run generate` imports the tables of all errors files, whatever their names, for `docs/reference/errors.md`. */
function isErrorTable({ path, text }: SourceFile, name: string): boolean {
  return path.endsWith('errors.ts') && text.includes(`export const ${name} = defineErrors(`);
}

/** Returns the names that a text exports, and where it has them from if it passes them on. */
export function exportsOf(text: string): readonly Export[] {
  const code = codeOf(text);
  const declared = code.matchAll(
    /^export (?:declare |abstract |async )*(?:function\*?|class|const|let|interface|type|enum)\s+(\w+)/gm,
  );
  const lists = code.matchAll(/^export (?:type )?\{([^}]*)\}(?:\s*from\s*(['"])(.+?)\2)?/gm);
  const stars = code.matchAll(/^export \* from\s*(['"])(.+?)\1/gm);
  return [
    ...[...declared].map(([, name]) => ({ name: name as string })),
    ...[...lists].flatMap(([, names, , from]) =>
      namesIn(names as string).map(([source, name]) => ({ name, source, ...(from === undefined ? {} : { from }) })),
    ),
    ...[...stars].map(([, , from]) => ({ name: '*', source: '*', from: from as string })),
  ];
}

function importedNames(file: SourceFile): readonly Import[] {
  const code = codeOf(file.text);
  const lists = [...code.matchAll(/^import (?:type )?\{([^}]*)\}\s*from\s*(['"])(\..+?)\2/gm)].map(
    ([, names, , from]) => ({ from: from as string, names: namesIn(names as string).map(([source]) => source) }),
  );
  const wholes = [...code.matchAll(/^import (?:type )?\* as \w+ from\s*(['"])(\..+?)\1/gm)].map(([, , from]) => from);
  const calls = [...code.matchAll(/\bimport\(\s*(['"])(\..+?)\1/g)].map(([, , from]) => from);
  const passedOn = exportsOf(file.text).flatMap(({ from, source = '*' }) =>
    from === undefined ? [] : [{ from, names: [source] }],
  );
  return [...lists, ...passedOn, ...[...wholes, ...calls].map((from) => ({ from: from as string, names: ['*'] }))].map(
    ({ from, names }) => ({ from: resolveImport(file.path, from), names }),
  );
}

/** `a, type b as c` gives `[['a', 'a'], ['b', 'c']]`. */
function namesIn(list: string): readonly (readonly [string, string])[] {
  const items = list.split(',').map((item) => item.trim().replace(/^type /, ''));
  return items.filter(Boolean).map((item) => {
    const [source = '', name = source] = item.split(/\s+as\s+/);
    return [source, name];
  });
}
