import { execFile } from 'node:child_process';
import { readFile, readdir, realpath, stat } from 'node:fs/promises';
import { cpus } from 'node:os';
import { basename, isAbsolute, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { load } from 'js-yaml';
import { sha256 } from '../../kit/index.ts';
import { gitHead } from './git-head.ts';
import type { SpackProgram } from './spack-program.ts';

const run = promisify(execFile);

export interface SolveInput {
  /** The environment's folder. */
  readonly environment: string;
  /** Folders of further configuration. */
  readonly configScopes?: readonly string[];
  readonly spack: SpackProgram;
  /** The environment of the Spack process. */
  readonly variables: Readonly<Record<string, string>>;
  /** The user's scope where this program gave Spack one: Spack keeps there the compilers that it finds on PATH. */
  readonly ownScope: string;
  /** What decides where packages of mirrors may be reused: a digest of their indexes; undefined where it is not known. */
  readonly mirrorState?: string;
}

/** Variables that Spack, or a recipe, may look at when it concretizes. Paths of a job's own folders are not among them. */
const deciding =
  /^(?:SPACK_(?!ROOT|USER_CACHE_PATH|JOB_|CONCRETE_|ARTIFACTS_|SPEC_|USER_CONFIG_PATH)|LMOD|MODULEPATH|CRAY|PE_ENV|CC$|CXX$|FC$)/;

/**
 * The digest of all that decides a lock, or undefined where something outside of this machine does (an included URL):
 * the environment with what it includes and its recipes, Spack's commit and recipes, every configuration scope, the
 * compilers that are found on PATH, the system and the processor, the interpreter, and mirrors where they are reused.
 */
export async function solveKey(input: SolveInput): Promise<string | undefined> {
  const { environment, mirrorState, spack } = input;
  const inputs = await solveInputs(input);
  const section = sectionOf(await readFile(join(environment, 'spack.yaml'), 'utf8'));
  const reuses = (section['concretizer'] as { readonly reuse?: unknown } | undefined)?.reuse !== false;
  if (inputs === undefined || !reuses) return inputs;
  if (mirrorState === undefined) return undefined;
  const installed = await fileState(join(spack.root, 'opt/spack/.spack-db/index.json'));
  return sha256(JSON.stringify([inputs, mirrorState, installed]));
}

/** The same of all but what there is to be reused. */
export async function solveInputs(input: Omit<SolveInput, 'mirrorState'>): Promise<string | undefined> {
  const { environment, configScopes = [], spack, variables } = input;
  const yaml = await readFile(join(environment, 'spack.yaml'), 'utf8');
  const named = placesOf(sectionOf(yaml), { environment, variables, spack });
  if (named === undefined) return undefined;
  const scopes = configurationScopes(spack, variables).filter((scope) => scope !== input.ownScope);
  const parts = [
    'solve-2',
    yaml,
    await textOf(join(environment, 'spack.lock')),
    ...(await Promise.all([...named, ...configScopes].map(placeDigest))),
    spack.version,
    spack.commit ?? '',
    spack.isClone ? '' : await editsOf(spack),
    ...(await Promise.all(scopes.map(placeDigest))),
    await programsOf(variables['PATH'] ?? ''),
    await textOf('/etc/os-release'),
    `${process.arch} ${cpus()[0]?.model ?? ''} ${await processorFlags()}`,
    ...Object.entries(variables)
      .filter(([name]) => deciding.test(name))
      .map((pair) => pair.join('='))
      .toSorted(),
  ];
  return sha256(JSON.stringify(parts));
}

function sectionOf(yaml: string): Readonly<Record<string, unknown>> {
  const document = load(yaml) as { spack?: Record<string, unknown>; env?: Record<string, unknown> } | null;
  return document?.spack ?? document?.env ?? {};
}

/** Files and folders that the environment names in `include` and `repos`; undefined if one is at a URL. */
function placesOf(
  section: Readonly<Record<string, unknown>>,
  { environment, variables, spack }: Pick<SolveInput, 'environment' | 'variables' | 'spack'>,
): readonly string[] | undefined {
  const listed = [...texts(section['include']), ...texts(section['repos']), ...texts(section['include_concrete'])];
  if (listed.some((one) => /^\w+:\/\/|^git@/.test(one) && !one.startsWith('file://'))) return undefined;
  const known: Readonly<Record<string, string | undefined>> = { ...variables, spack: spack.root, env: environment };
  return listed.map((one) => {
    const path = one
      .replace(/^file:\/\//, '')
      .replaceAll(/\$\{?(\w+)\}?/g, (whole, name: string) => known[name] ?? whole);
    return isAbsolute(path) ? path : resolve(environment, path);
  });
}

function texts(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(texts);
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(texts);
  return [];
}

function configurationScopes(spack: SpackProgram, variables: SolveInput['variables']): readonly string[] {
  const own = [join(spack.root, 'etc/spack')];
  const user = variables['SPACK_USER_CONFIG_PATH'] ?? join(variables['HOME'] ?? '/', '.spack');
  if (variables['SPACK_DISABLE_LOCAL_CONFIG'] !== undefined) return own;
  return [...own, variables['SPACK_SYSTEM_CONFIG_PATH'] ?? '/etc/spack', user];
}

/** A file's text, or of a folder the names and texts of all YAML and Python files in it, and of its checkout's commit. */
async function placeDigest(place: string): Promise<string> {
  const found = await stat(place).catch(() => undefined);
  if (found === undefined) return 'absent';
  if (!found.isDirectory()) return readFile(place, 'utf8');
  const names = await readdir(place, { recursive: true });
  const wanted = names.filter((name) => /\.(?:ya?ml|py|patch|diff|lock)$/.test(name)).toSorted();
  const contents = await Promise.all(wanted.map(async (name) => [name, await textOf(join(place, name))]));
  return sha256(JSON.stringify([await gitHead(place), contents]));
}

/**
 * What a checkout holds beyond its commit: nothing where git finds it clean, so that two clones of one commit are the same.
 * Without git: the times of its recipes, which any edit changes.
 */
async function editsOf({ root }: SpackProgram): Promise<string> {
  const words = ['-c', 'safe.directory=*', '--no-optional-locks', '-C', root, 'status', '--porcelain', '-z', '-uall'];
  const told = await run('git', [...words, '--', 'lib', 'var', 'etc']).catch(() => undefined);
  if (told === undefined) return recipeTimes(root);
  const paths = told.stdout.split('\0').filter((line) => line !== '');
  return JSON.stringify(
    await Promise.all(paths.map(async (line) => [line, await fileState(join(root, line.slice(3)))])),
  );
}

async function recipeTimes(root: string): Promise<string> {
  const repository = join(root, 'var/spack/repos/builtin/packages');
  const names = (await readdir(repository).catch((): string[] => [])).toSorted();
  const states = await Promise.all(names.map((name) => fileState(join(repository, name, 'package.py'))));
  return sha256(JSON.stringify([names, states]));
}

/** The compilers and the interpreter that Spack would find, as files: what they are, not what they say. */
async function programsOf(path: string): Promise<string> {
  const folders = [...new Set(path.split(':').filter((part) => part !== ''))];
  const wanted =
    /^(?:[\w.]+-)*(?:gcc|g\+\+|gfortran|clang|clang\+\+|flang|icx|icpx|ifx|nvc|nvc\+\+|nvfortran|cc|c\+\+)(?:-[\d.]+)?$|^python3?$/;
  const found: string[] = [];
  for (const folder of folders) {
    const names = (await readdir(folder).catch(() => [])).filter((name) => wanted.test(name)).toSorted();
    for (const name of names) found.push(`${basename(name)} ${await fileState(join(folder, name))}`);
  }
  return found.join('\n');
}

async function fileState(path: string): Promise<string> {
  const real = await realpath(path).catch(() => path);
  const found = await stat(real).catch(() => undefined);
  return found === undefined ? 'absent' : `${real} ${found.size} ${found.mtimeMs}`;
}

async function processorFlags(): Promise<string> {
  return /^(?:flags|Features)\s*:.*$/m.exec(await textOf('/proc/cpuinfo'))?.[0] ?? '';
}

async function textOf(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}
