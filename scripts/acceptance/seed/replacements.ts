import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { findPart } from '../../../test/support/part.ts';

/** The Spack of the seed's `.gitlab-ci.yml`. */
const SEED_SPACK = 'v0.16.1';

const RECIPES = 'var/spack/repos/builtin/packages';

export interface LocalSpack {
  /** A clone of it. */
  readonly root: string;
  /** With which `git clone https://github.com/spack/spack.git` clones it. */
  readonly variables: Readonly<Record<string, string>>;
}

/**
 * Makes the Spack of this machine the release that the seed names: its trigger hands that name to the child pipeline,
 * where no variable of a stack wins. It has no recipes of its own but one, because each job has its own clone and would
 * read all of them before its first command.
 */
export async function localSpack(root: string, folder: string): Promise<LocalSpack> {
  const [clone, empty, checkout] = [join(folder, 'spack.git'), join(folder, 'empty'), join(folder, 'spack-checkout')];
  await mkdir(empty);
  const git = async (...words: readonly string[]) => {
    const { stdout } = await execa('git', ['-c', 'safe.directory=*', ...words]);
    return stdout;
  };
  await git('clone', '--quiet', '--bare', '--shared', root, clone);
  const inClone = [`--git-dir=${clone}`, `--work-tree=${empty}`];
  await git(...inClone, 'read-tree', 'HEAD');
  await git(...inClone, 'rm', '--cached', '-r', '--quiet', '--', `:/${RECIPES}`, `:(top,exclude)${RECIPES}/gnupg`);
  const tree = await git(...inClone, 'write-tree');
  const author = ['-c', 'user.name=Acceptance run', '-c', 'user.email=acceptance@example.org'];
  const commit = await git(...author, ...inClone, 'commit-tree', '-m', 'Spack without its recipes', tree);
  await git(...inClone, 'tag', '--force', SEED_SPACK, commit);
  await git('-c', 'advice.detachedHead=false', 'clone', '--quiet', '--branch', SEED_SPACK, clone, checkout);
  const settings = [
    [`url.${clone}.insteadOf`, 'https://github.com/spack/spack.git'],
    ['safe.directory', '*'],
    ['advice.detachedHead', 'false'],
  ];
  const pairs = settings.flatMap(([key = '', value = ''], index) => [
    [`GIT_CONFIG_KEY_${index}`, key],
    [`GIT_CONFIG_VALUE_${index}`, value],
  ]);
  return { root: checkout, variables: { GIT_CONFIG_COUNT: String(settings.length), ...Object.fromEntries(pairs) } };
}

/**
 * Returns the variables of Spack's configuration: the compiler of this machine, caches that jobs share, and the
 * recipe of the C library.
 */
export async function spackConfiguration(
  { root }: LocalSpack,
  folder: string,
): Promise<Readonly<Record<string, string>>> {
  const scope = join(folder, 'scope');
  await mkdir(scope, { recursive: true });
  const variables = {
    SPACK_USER_CONFIG_PATH: scope,
    SPACK_SYSTEM_CONFIG_PATH: join(folder, 'none'),
    SPACK_USER_CACHE_PATH: join(folder, 'cache'),
  };
  const write = (name: string, content: Readonly<Record<string, unknown>>) =>
    writeFile(join(scope, `${name}.yaml`), JSON.stringify(content));
  await write('bootstrap', { bootstrap: { enable: true, root: join(folder, 'bootstrap'), sources: [] } });
  await write('config', { config: { misc_cache: join(folder, 'misc') } });
  // A copy, because Spack keeps compiled recipes beside them.
  await cp(join(import.meta.dirname, 'machine'), join(folder, 'recipes'), { recursive: true });
  await write('repos', { 'repos:': [join(folder, 'recipes')] });
  const { stdout: system } = await execa(join(root, 'bin/spack'), ['arch', '--operating-system'], { env: variables });
  await write('compilers', { compilers: [await machineGcc(system)] });
  return variables;
}

async function machineGcc(system: string): Promise<Readonly<Record<string, unknown>>> {
  const { stdout: version } = await execa('gcc', ['-dumpfullversion']);
  const [cc, cxx] = ['gcc', 'g++'].map((name) => findPart(name) ?? null);
  const paths = { cc, cxx, f77: null, fc: null };
  return { compiler: { spec: `gcc@=${version}`, paths, operating_system: system, target: 'x86_64', modules: [] } };
}
