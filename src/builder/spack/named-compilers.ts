import { access, constants, readdir, stat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { readYaml } from '../../kit/index.ts';
import { configurationScopes, environmentSection, includedPlaces, pathExpander } from './configuration-places.ts';
import { textOf } from './place-state.ts';
import type { SpackProgram } from './spack-program.ts';

export interface CompilerSearch {
  readonly spack: Pick<SpackProgram, 'root'>;
  readonly variables: Readonly<Record<string, string>>;
  /** Folder of the environment. */
  readonly environment?: string;
  readonly configScopes?: readonly string[];
}

/**
 * Whether configuration names a compiler that is there, by its path: clusters have theirs nowhere on PATH. What an
 * environment includes from elsewhere is not fetched for this: it may name one.
 */
export async function namesCompiler(search: CompilerSearch): Promise<boolean> {
  const { spack, variables, environment, configScopes = [] } = search;
  const places = [...configurationScopes(spack, variables), ...configScopes];
  if (environment !== undefined) {
    const file = join(environment, 'spack.yaml');
    const expand = pathExpander(environment, spack, variables);
    const included = includedPlaces(environmentSection(await textOf(file), file), expand);
    if (included === undefined) return true;
    places.push(file, ...included);
  }
  const files = (await Promise.all(places.map(filesIn))).flat();
  const named = (await Promise.all(files.map(programsIn))).flat();
  return (await Promise.all(named.map(isProgram))).includes(true);
}

async function filesIn(place: string): Promise<readonly string[]> {
  const found = await stat(place).catch(() => undefined);
  if (found?.isDirectory() !== true) return found === undefined ? [] : [place];
  const names = await readdir(place, { recursive: true });
  return names.filter((name) => /(?:^|\/)(?:compilers|packages)\.yaml$/.test(name)).map((name) => join(place, name));
}

async function programsIn(file: string): Promise<readonly string[]> {
  // Of one that is no YAML Spack will say what is wrong with it.
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

async function isProgram(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
