import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { attemptProgram, findProgram, type ProcessVariables, type ProgramResult } from '../../../kit/index.ts';
import { builderError } from '../../errors.ts';
import { clingoRequirements } from './clingo-requirements.ts';

interface PythonRequest {
  /** Where the environment is made. */
  readonly folder: string;
  readonly env: ProcessVariables;
  /** Python to use, instead of SPACK_PYTHON, the system's or the one on PATH. */
  readonly python?: string | undefined;
  /** Folder of wheels; without one they come from the package index, by their hashes. */
  readonly wheels?: string | undefined;
  readonly signal?: AbortSignal;
}

/**
 * Makes a Python environment that has clingo, and nothing of the user's. It does not need `ensurepip`, because any pip
 * of the machine can install into it. Throws SPACK_PYTHON_MISSING, SPACK_PIP_MISSING or SPACK_CLINGO_FAILED.
 */
export async function makePython(request: PythonRequest): Promise<void> {
  const { folder } = request;
  const base = await findPython(request);
  const made = await run(request, [base, '-m', 'venv', '--without-pip', folder]);
  if (!made.isSuccess) throw builderError('SPACK_PYTHON_MISSING', { python: base, reason: made.reason });
  const python = join(folder, 'bin/python3');
  const target = await packagesFolder(folder);
  const pip = await findPip(request, [base, python]);
  const words = ['install', '--quiet', '--disable-pip-version-check', '--no-cache-dir', '--target', target];
  const installed = await run(request, [...pip, '-m', 'pip', ...words, ...(await packageWords(request))]);
  if (!installed.isSuccess) throw builderError('SPACK_CLINGO_FAILED', { python: base, reason: installed.reason });
  const tried = await run(request, [python, '-c', 'import clingo']);
  if (!tried.isSuccess) throw builderError('SPACK_CLINGO_FAILED', { python: base, reason: tried.reason });
}

async function packageWords({ folder, wheels }: PythonRequest): Promise<readonly string[]> {
  // A site may have built its wheels itself, so their hashes are not known.
  if (wheels !== undefined) return ['--no-index', '--find-links', wheels, 'clingo'];
  const file = join(folder, 'requirements.txt');
  await writeFile(file, clingoRequirements);
  return ['--only-binary', ':all:', '--require-hashes', '--requirement', file];
}

/** Returns `lib/python3.*\/site-packages` of a virtual environment. */
async function packagesFolder(folder: string): Promise<string> {
  const [version = 'python3'] = await readdir(join(folder, 'lib'));
  const target = join(folder, 'lib', version, 'site-packages');
  await mkdir(target, { recursive: true });
  return target;
}

/** Returns the first Python of version 3.6 or newer. The system's comes first, because jobs cannot see one in a home. */
async function findPython(request: PythonRequest): Promise<string> {
  const { env, python } = request;
  const path = env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin';
  const named = python ?? env['SPACK_PYTHON'];
  const candidates = named ? [named] : ['/usr/bin/python3', await findProgram('python3', path)];
  for (const one of candidates) {
    if (one === undefined) continue;
    const found = await run(request, [one, '-c', 'import sys; sys.exit(sys.version_info < (3, 6))']).catch(() => {
      request.signal?.throwIfAborted();
      return undefined;
    });
    if (found?.isSuccess === true) return one;
  }
  const reason = 'there is none of version 3.6 or newer';
  throw builderError('SPACK_PYTHON_MISSING', { python: named ?? 'python3', reason });
}

/** Returns the command of a Python that has pip: the given one, or that of the new environment after `ensurepip`. */
async function findPip(request: PythonRequest, [base, made]: readonly [string, string]): Promise<readonly string[]> {
  if ((await run(request, [base, '-m', 'pip', '--version'])).isSuccess) return [base];
  if ((await run(request, [made, '-m', 'ensurepip'])).isSuccess) return [made];
  throw builderError('SPACK_PIP_MISSING', { python: base });
}

const passed = /^(?:(?:https?|all|no)_proxy|PIP_\w+|SSL_CERT_(?:FILE|DIR)|REQUESTS_CA_BUNDLE)$/i;

function run({ env, signal }: PythonRequest, [program = '', ...words]: readonly string[]): Promise<ProgramResult> {
  const variables = Object.fromEntries(Object.entries(env).filter(([name]) => passed.test(name)));
  const home = { PATH: env['PATH'], HOME: env['HOME'], LC_ALL: 'C.UTF-8', PYTHONNOUSERSITE: '1' };
  return attemptProgram(program, words, { env: { ...variables, ...home }, signal });
}
