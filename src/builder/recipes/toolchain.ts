import { readFile } from 'node:fs/promises';
import { messageOf, runProgram } from '../../kit/index.ts';
import { osIdentity, type SpecArchitecture } from '../../spack/index.ts';
import { builderError } from '../errors.ts';

/** What the machine brings to a build; all of it goes into every hash. */
export interface Toolchain {
  /** `gcc-12.2.0` */
  readonly compiler: string;
  /** `glibc-2.36` */
  readonly libc: string;
  readonly arch: SpecArchitecture;
}

/** Identifies the compiler and the system. `path` is the search path for programs. */
export async function readToolchain(path: string): Promise<Toolchain> {
  const [compiler, libc, arch] = await Promise.all([readCompiler(path), readLibc(path), readArchitecture()]);
  return { compiler, libc, arch };
}

/** `gcc-12.2.0` from the first line of `cc --version`: `cc (Debian 12.2.0-14) 12.2.0`. */
export function compilerIdentity(firstLine: string): string {
  const name = /clang/i.test(firstLine)
    ? 'clang'
    : /gcc|^g?cc\b|Free Software/i.test(firstLine)
      ? 'gcc'
      : (firstLine.split(/\s/)[0] ?? 'cc');
  const versions = firstLine.replace(/\([^)]*\)/g, ' ').match(/\d+(\.\d+)+/g) ?? firstLine.match(/\d+(\.\d+)*/g);
  return `${name}-${versions?.[0] ?? 'unknown'}`;
}

async function readCompiler(path: string): Promise<string> {
  try {
    const { text } = await runProgram('cc', ['--version'], { env: { PATH: path, LC_ALL: 'C' } });
    return compilerIdentity(text.split('\n', 1)[0] ?? '');
  } catch (error) {
    throw builderError('RECIPE_TOOLCHAIN_MISSING', { compiler: 'cc', reason: messageOf(error) }, { cause: error });
  }
}

async function readLibc(path: string): Promise<string> {
  try {
    const { text } = await runProgram('getconf', ['GNU_LIBC_VERSION'], { env: { PATH: path, LC_ALL: 'C' } });
    return text.trim().replace(/\s+/g, '-');
  } catch {
    return 'unknown';
  }
}

async function readArchitecture(): Promise<SpecArchitecture> {
  const osRelease = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const target = process.arch === 'x64' ? 'x86_64' : process.arch === 'arm64' ? 'aarch64' : process.arch;
  return { platform: process.platform, platform_os: osIdentity(osRelease), target };
}
