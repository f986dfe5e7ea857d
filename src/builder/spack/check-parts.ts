import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { builderError } from '../errors.ts';
import { namesCompiler, type CompilerSearch } from './named-compilers.ts';
import { runSpack } from './run-spack.ts';

/** One thing without which Spack cannot do its work. */
export interface SpackPart {
  readonly name: string;
  readonly isNeeded: boolean;
  readonly use: string;
  readonly remedy: string;
  readonly isThere: boolean;
}

type Variables = Readonly<Record<string, string>>;

/** What is looked at. Without a Spack there is no configuration that could name a compiler. */
interface PartSearch extends Partial<Omit<CompilerSearch, 'variables'>> {
  readonly variables: Variables;
}

interface PartCheck extends Omit<SpackPart, 'isThere'> {
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
    use: 'is the solver that Spack concretizes with; without it Spack fetches one when it starts',
    remedy:
      'Make an environment with it (`python3 -m venv ~/.slipway-python && ~/.slipway-python/bin/pip install clingo`) and set ' +
      '`SPACK_PYTHON=~/.slipway-python/bin/python3`, or let Spack reach its bootstrap mirrors.',
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

/** Looks for everything that Spack needs or builds call, the necessary first. */
export async function inspectSpackParts(search: PartSearch): Promise<readonly SpackPart[]> {
  const found = checks.map(async ({ name, isNeeded, use, remedy, isThere }) => {
    return { name, isNeeded, use, remedy, isThere: await isThere(search) };
  });
  return (await Promise.all(found)).toSorted((a, b) => Number(b.isNeeded) - Number(a.isNeeded));
}

/** Refuses to begin where something necessary is missing; says the rest in the log. */
export async function requireSpackParts(search: PartSearch, log: (line: string) => void): Promise<void> {
  const missing = (await inspectSpackParts(search)).filter(({ isThere }) => !isThere);
  for (const { name, use, remedy } of missing.filter((part) => !part.isNeeded)) {
    log(`${name} is missing: it ${use}. ${remedy}`);
  }
  const needed = missing.filter((part) => part.isNeeded);
  if (needed.length === 0) return;
  const parts = needed.map(({ name, use }) => `${name} (${use})`).join(', ');
  throw builderError('SPACK_PARTS_MISSING', { parts, remedies: needed.map(({ remedy }) => remedy).join(' ') });
}

/** With the first of the interpreters that `bin/spack` would take which is there. */
async function runsPython(variables: Variables, code: string): Promise<boolean> {
  for (const program of [variables['SPACK_PYTHON'] ?? 'python3', 'python3', 'python', '/usr/libexec/platform-python']) {
    const end = await runSpack({
      invocation: { program, args: ['-c', code] },
      environment: variables,
      workFolder: '/',
      hear: () => undefined,
    }).catch(() => undefined);
    if (end !== undefined) return end.code === 0;
  }
  return false;
}

async function onPath(variables: Variables, names: readonly string[]): Promise<boolean> {
  const folders = (variables['PATH'] ?? '').split(':').filter((part) => part !== '');
  const places = folders.flatMap((folder) => names.map((name) => join(folder, name)));
  const found = await Promise.all(
    places.map((place) =>
      access(place, constants.X_OK).then(
        () => true,
        () => false,
      ),
    ),
  );
  return found.includes(true);
}
