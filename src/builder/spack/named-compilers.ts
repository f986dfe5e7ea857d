import { access, constants, readdir, stat } from 'node:fs/promises';
import { basename, isAbsolute, join } from 'node:path';
import { readYaml } from '../../kit/index.ts';
import { configurationScopes, environmentSection, includedPaths, pathExpander } from './configuration-paths.ts';
import { textOf } from './path-state.ts';
import type { SpackProgram } from './spack-program.ts';

export interface CompilerSearch {
  readonly spack: Pick<SpackProgram, 'root'>;
  readonly variables: Readonly<Record<string, string>>;
  /** Folder of the environment. */
  readonly environment?: string;
  readonly configScopes?: readonly string[];
}

/**
 * Whether configuration names an existing compiler by its path: those of clusters are not on PATH. A remote include of
 * an environment is not fetched for this: it may name one.
 */
export async function namesCompiler(search: CompilerSearch): Promise<boolean> {
  const { spack, variables, environment, configScopes = [] } = search;
  const paths = [...configurationScopes(spack, variables), ...configScopes];
  if (environment !== undefined) {
    const file = join(environment, 'spack.yaml');
    const expand = pathExpander(environment, spack, variables);
    const included = includedPaths(environmentSection(await textOf(file), file), expand);
    if (included === undefined) return true;
    paths.push(file, ...included);
  }
  const files = (await Promise.all(paths.map((path) => configFiles(path, ['compilers', 'packages'])))).flat();
  const named = (await Promise.all(files.map(programsIn))).flat();
  return (await Promise.all(named.map(isProgram))).includes(true);
}

/** Returns the YAML files of these sections in a folder of configuration, the deepest first; a file is itself. */
export async function configFiles(path: string, sections: readonly string[]): Promise<readonly string[]> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory() !== true) return found === undefined ? [] : [path];
  const depth = (name: string) => name.split('/').length;
  return (await readdir(path, { recursive: true }))
    .filter((name) => sections.includes(basename(name, '.yaml')) && name.endsWith('.yaml'))
    .toSorted((a, b) => depth(b) - depth(a))
    .map((name) => join(path, name));
}

async function programsIn(file: string): Promise<readonly string[]> {
  // Spack reports one that is no YAML.
  return compilersIn(readYaml(await textOf(file), file).value);
}

/** `paths` of `compilers.yaml`, or `extra_attributes: { compilers }` of an external. */
function compilersIn(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(compilersIn);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, one]) => {
    if (typeof one !== 'string') return compilersIn(one);
    return ['c', 'cc', 'cxx', 'fortran', 'fc', 'f77'].includes(key) && isAbsolute(one) ? [one] : [];
  });
}

export async function isProgram(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
