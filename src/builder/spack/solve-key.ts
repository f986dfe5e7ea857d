import { readFile, readdir } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { sha256 } from '../../kit/index.ts';
import type { ConfigMapping } from '../../spack/index.ts';
import type { LockInputs } from '../builder.ts';
import { compilerPrograms } from './compiler-programs.ts';
import { configurationScopes, environmentSection, includedPaths, pathExpander } from './configuration-paths.ts';
import { editsOf, fileState, pathDigest, scopeDigest, textOf } from './path-state.ts';
import { recipesState } from './recipe-repositories.ts';
import { reusedState } from './reused-state.ts';
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

interface SolveKeys {
  /** Of everything. */
  readonly whole: string;
  /** Of everything but which roots there are: what decides a root that is concretized for itself. */
  readonly configuration: string;
}

/**
 * Returns digests of all inputs of a lock, or undefined if some are outside of this machine (an included URL): the
 * environment with its includes, Spack's commit, every configuration scope and repository of recipes, the compilers on
 * PATH, the system and the processor, the interpreter, and mirrors if they are reused.
 */
export async function solveKeys(input: SolveInput): Promise<SolveKeys | undefined> {
  const { mirrorState } = input;
  const { digest, configuration, reuses } = await solveInputs(input);
  if (digest === undefined || configuration === undefined) return undefined;
  if (!reuses) return { whole: digest, configuration };
  if (mirrorState === undefined) return undefined;
  const withMirrors = (one: string) => sha256(JSON.stringify([one, mirrorState]));
  return { whole: withMirrors(digest), configuration: withMirrors(configuration) };
}

interface SolveInputs extends LockInputs {
  /** As of `SolveKeys`; undefined if some of it is out of reach. */
  readonly configuration: string | undefined;
  /** Whether packages of mirrors may be reused. */
  readonly reuses: boolean;
}

/** Returns the same without the packages of mirrors. */
export async function solveInputs(input: Omit<SolveInput, 'mirrorState'>): Promise<SolveInputs> {
  const { environment, configScopes = [], spack, variables } = input;
  const file = join(environment, 'spack.yaml');
  const yaml = await readFile(file, 'utf8');
  const section = environmentSection(yaml, file);
  const expand = pathExpander(environment, spack, variables);
  const named = includedPaths(section, expand);
  const scopes = configurationScopes(spack, variables).filter((scope) => scope !== input.ownScope);
  const paths = [...scopes, ...configScopes, ...(named ?? [])];
  const { reuse } = (section['concretizer'] ?? {}) as { readonly reuse?: unknown };
  const reuses = reuse !== false;
  const values: Readonly<Record<string, readonly string[] | undefined>> = {
    configuration: named && [
      // The path of a package in development is part of its hash.
      'develop' in section ? environment : '',
      ...(await Promise.all([...named, ...configScopes].map(pathDigest))),
      ...(await Promise.all(scopes.map(scopeDigest))),
    ],
    'installed packages': reuses ? await reusedState({ paths, section, reuse, expand }) : [],
    recipes: await recipesState({
      paths,
      own: section['repos'],
      root: spack.root,
      userCache: variables['SPACK_USER_CACHE_PATH'] ?? join(variables['HOME'] ?? '/', '.spack'),
      expand,
    }),
    Spack: [spack.version, spack.commit ?? '', await spackEdits(spack)],
    compilers: [await compilerPrograms(variables['PATH'] ?? '')],
    system: [await textOf('/etc/os-release')],
    processor: [`${process.arch} ${cpus()[0]?.model ?? ''} ${await processorFlags()}`],
    variables: decidingVariables(variables),
  };
  const known = Object.entries(values).filter((one): one is [string, readonly string[]] => one[1] !== undefined);
  const common = Object.fromEntries(known.map(([name, texts]) => [name, digestOf(texts)]));
  const isComplete = known.length === Object.keys(values).length;
  const facts = { environment: digestOf([yaml, await textOf(join(environment, 'spack.lock'))]), ...common };
  return {
    digest: isComplete ? digestOf(['solve-4', facts]) : undefined,
    configuration: isComplete ? digestOf(['solve-4', common, configurationOf(section)]) : undefined,
    facts,
    reuses,
  };
}

function digestOf(value: readonly unknown[]): string {
  return sha256(JSON.stringify(value));
}

async function spackEdits({ root, isClone }: SpackProgram): Promise<string> {
  if (isClone) return '';
  return (await editsOf(root, ['lib', 'var', 'etc'])) ?? recipeTimes(root);
}

/** Sections that decide no spec but which roots there are, or nothing of a lock. */
const otherSections = /^(?:specs|definitions|view|ci|gitlab-ci|cdash|container)[:+-]?$/;

function configurationOf(section: ConfigMapping): ConfigMapping {
  return Object.fromEntries(Object.entries(section).filter(([key]) => !otherSections.test(key)));
}

/** Returns the variables that Spack may look at when it concretizes, as `NAME=value`. */
export function decidingVariables(variables: SolveInput['variables']): readonly string[] {
  const found = Object.entries(variables).filter(([name]) => deciding.test(name));
  return found.map((pair) => pair.join('=')).toSorted();
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
