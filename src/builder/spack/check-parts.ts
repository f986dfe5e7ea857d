import { join } from 'node:path';
import { attemptProgram } from '../../kit/index.ts';
import { builderError } from '../errors.ts';
import { isProgram, namesCompiler, type CompilerSearch } from './named-compilers.ts';

/** One thing without which Spack cannot do its work. */
export interface SpackPart {
  readonly name: string;
  readonly isNeeded: boolean;
  readonly use: string;
  readonly remedy: string;
  readonly isThere: boolean;
}

/** Without a Spack there is no configuration that could name a compiler. */
type PartSearch = Omit<CompilerSearch, 'spack'> & Partial<Pick<CompilerSearch, 'spack'>>;
type Variables = PartSearch['variables'];

interface PartCheck extends Omit<SpackPart, 'isThere'> {
  /** Whether only concretizing needs it: a job that builds one package of a lock does not look for it. */
  readonly isForSolving?: boolean;
  readonly isThere: (search: PartSearch) => Promise<boolean>;
}

const checks: readonly PartCheck[] = [
  {
    name: 'python3',
    isNeeded: true,
    use: 'runs Spack',
    remedy: 'Install Python 3.6 or newer (Debian: `apt-get install python3`), or set SPACK_PYTHON.',
    isThere: async ({ variables }) => runsPython(variables, 'import sys; sys.exit(sys.version_info < (3, 6))'),
  },
  {
    name: 'a compiler',
    isNeeded: true,
    use: 'builds packages',
    remedy:
      'Install one (Debian: `apt-get install gcc g++ gfortran`), or name one by its path in `packages` or `compilers`.',
    isThere: async ({ spack, ...search }) =>
      (await onPath(search.variables, ['gcc', 'clang', 'icx', 'nvc', 'cc'])) ||
      (spack !== undefined && namesCompiler({ ...search, spack })),
  },
  {
    name: 'clingo',
    isNeeded: false,
    isForSolving: true,
    use: 'is the solver that Spack concretizes with; without it Spack fetches one when it starts',
    remedy:
      'Run `slipway spack install`, which installs it, set SPACK_PYTHON to a Python that has it, or let Spack reach its ' +
      'bootstrap mirrors.',
    isThere: async ({ variables }) => runsPython(variables, 'import clingo'),
  },
  ...['tar', 'patch', 'make', 'gzip', 'file'].map((name): PartCheck => ({
    name,
    isNeeded: name !== 'make' && name !== 'file',
    use: 'is a program that Spack or most builds call',
    remedy: `Install it (Debian: \`apt-get install ${name}\`).`,
    isThere: async ({ variables }) => onPath(variables, [name]),
  })),
];

/** Inspects everything that Spack needs or builds call, the necessary parts first. */
export async function inspectSpackParts(
  search: PartSearch,
  { solves = true }: { readonly solves?: boolean } = {},
): Promise<readonly SpackPart[]> {
  const wanted = checks.filter(({ isForSolving = false }) => solves || !isForSolving);
  const found = wanted.map(async ({ name, isNeeded, use, remedy, isThere }) => {
    return { name, isNeeded, use, remedy, isThere: await isThere(search) };
  });
  return (await Promise.all(found)).toSorted((a, b) => Number(b.isNeeded) - Number(a.isNeeded));
}

/** Throws SPACK_PARTS_MISSING if something necessary is missing; logs other missing parts. */
export async function requireSpackParts(
  search: PartSearch,
  log: (line: string) => void,
  work?: { readonly solves: boolean },
): Promise<void> {
  const missing = (await inspectSpackParts(search, work)).filter(({ isThere }) => !isThere);
  for (const { name, use, remedy } of missing.filter((part) => !part.isNeeded)) {
    log(`${name} is missing: it ${use}. ${remedy}`);
  }
  const needed = missing.filter((part) => part.isNeeded);
  if (needed.length === 0) return;
  const parts = needed.map(({ name, use }) => `${name} (${use})`).join(', ');
  throw builderError('SPACK_PARTS_MISSING', { parts, remedies: needed.map(({ remedy }) => remedy).join(' ') });
}

/** Runs code with the first interpreter that exists of those that `bin/spack` would try. */
async function runsPython(env: Variables, code: string): Promise<boolean> {
  for (const program of [env['SPACK_PYTHON'] ?? 'python3', 'python3', 'python', '/usr/libexec/platform-python']) {
    const result = await attemptProgram(program, ['-c', code], { env, cwd: '/' }).catch(() => undefined);
    if (result !== undefined) return result.isSuccess;
  }
  return false;
}

async function onPath({ PATH = '' }: Variables, names: readonly string[]): Promise<boolean> {
  const folders = PATH.split(':').filter((part) => part !== '');
  const paths = folders.flatMap((folder) => names.map((name) => join(folder, name)));
  return (await Promise.all(paths.map(isProgram))).includes(true);
}
