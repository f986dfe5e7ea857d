import { readFile, readdir } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { sha256 } from '../../kit/index.ts';
import { compilerPrograms } from './compiler-programs.ts';
import { configurationScopes, environmentSection, includedPaths, pathExpander } from './configuration-paths.ts';
import { editsOf, fileState, pathDigest, scopeDigest, textOf } from './path-state.ts';
import { recipesState } from './recipe-repositories.ts';
import type { SpackProgram } from './spack-program.ts';

interface SolveInput {
  /** The environment's folder. */
  readonly environment: string;
  /** Folders of further configuration. */
  readonly configScopes?: readonly string[];
  readonly spack: SpackProgram;
  /** The environment of the Spack process. */
  readonly variables: Readonly<Record<string, string>>;
  /** The user's scope if this program created it: Spack keeps the compilers of PATH there. */
  readonly ownScope: string;
  /** A digest of the indexes of mirrors, whose packages may be reused; undefined if it is not known. */
  readonly mirrorState?: string;
}

/**
 * Variables that Spack, or a recipe, may look at when it concretizes. Paths of a job's own folders are not among them.
 */
const deciding =
  /^(?:SPACK_(?!ROOT|USER_CACHE_PATH|JOB_|CONCRETE_|ARTIFACTS_|SPEC_|USER_CONFIG_PATH)|LMOD|MODULEPATH|CRAY|PE_ENV|CC$|CXX$|FC$)/;

/**
 * Returns the digest of all inputs of a lock, or undefined if some are outside of this machine (an included URL): the
 * environment with its includes, Spack's commit, every configuration scope and repository of recipes, the compilers on
 * PATH, the system and the processor, the interpreter, and mirrors if they are reused.
 */
export async function solveKey(input: SolveInput): Promise<string | undefined> {
  const { mirrorState } = input;
  const inputs = await solveInputs(input);
  if (inputs === undefined || !inputs.reuses) return inputs?.digest;
  return mirrorState === undefined ? undefined : sha256(JSON.stringify([inputs.digest, mirrorState]));
}

/** Returns the same without the packages to reuse, and whether some may be reused. */
export async function solveInputs(
  input: Omit<SolveInput, 'mirrorState'>,
): Promise<{ readonly digest: string; readonly reuses: boolean } | undefined> {
  const { environment, configScopes = [], spack, variables } = input;
  const file = join(environment, 'spack.yaml');
  const yaml = await readFile(file, 'utf8');
  const section = environmentSection(yaml, file);
  const expand = pathExpander(environment, spack, variables);
  const named = includedPaths(section, expand);
  if (named === undefined) return undefined;
  const scopes = configurationScopes(spack, variables).filter((scope) => scope !== input.ownScope);
  const recipes = await recipesState({
    paths: [...scopes, ...configScopes, ...named],
    own: section['repos'],
    root: spack.root,
    userCache: variables['SPACK_USER_CACHE_PATH'] ?? join(variables['HOME'] ?? '/', '.spack'),
    expand,
  });
  if (recipes === undefined) return undefined;
  const parts = [
    'solve-3',
    yaml,
    await textOf(join(environment, 'spack.lock')),
    ...(await Promise.all([...named, ...configScopes].map(pathDigest))),
    ...recipes,
    spack.version,
    spack.commit ?? '',
    spack.isClone ? '' : ((await editsOf(spack.root, ['lib', 'var', 'etc'])) ?? (await recipeTimes(spack.root))),
    ...(await Promise.all(scopes.map(scopeDigest))),
    await compilerPrograms(variables['PATH'] ?? ''),
    await textOf('/etc/os-release'),
    `${process.arch} ${cpus()[0]?.model ?? ''} ${await processorFlags()}`,
    ...Object.entries(variables)
      .filter(([name]) => deciding.test(name))
      .map((pair) => pair.join('='))
      .toSorted(),
  ];
  const { reuse } = (section['concretizer'] ?? {}) as { readonly reuse?: unknown };
  return { digest: sha256(JSON.stringify(parts)), reuses: reuse !== false };
}

/** Without git, the times of its recipes show edits. */
async function recipeTimes(root: string): Promise<string> {
  const repository = join(root, 'var/spack/repos/builtin/packages');
  const names = (await readdir(repository).catch((): string[] => [])).toSorted();
  const states = await Promise.all(names.map((name) => fileState(join(repository, name, 'package.py'))));
  return sha256(JSON.stringify([names, states]));
}

async function processorFlags(): Promise<string> {
  return /^(?:flags|Features)\s*:.*$/m.exec(await textOf('/proc/cpuinfo'))?.[0] ?? '';
}
