import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface FakeSpack {
  /** What SPACK_ROOT is to be. */
  readonly root: string;
  /** Variables that a builder is given, so that it takes this one and needs no Python. */
  readonly env: Readonly<Record<string, string>>;
}

export interface FakeSpackOptions {
  readonly version?: string;
  /** Shell that stands for a command, by the command's first word: `install`, `concretize`, `test`, `python`. */
  readonly commands?: Readonly<Record<string, string>>;
}

/**
 * A program with the command line of Spack, in shell, whose every command does what a test says. Options before the
 * command are taken away; `$*` is the rest, `$env` the environment, `$scopes` what `-C` named, `$settings` what `-c`
 * set. Every call is a line of `calls` in the folder. An install in the process of `spack python` counts as `install`,
 * and `$result` is the file for its result.
 */
export async function fakeSpack(folder: string, options: FakeSpackOptions = {}): Promise<FakeSpack> {
  const { version = '0.23.0', commands = {} } = options;
  const root = join(folder, 'spack');
  await mkdir(join(root, 'bin'), { recursive: true });
  await mkdir(join(root, 'lib/spack/spack'), { recursive: true });
  await writeFile(join(root, 'lib/spack/spack/__init__.py'), `__version__ = "${version}"\n`);
  await writeFile(join(root, 'bin/sbang'), '#!/bin/sh\n', { mode: 0o755 });
  const cases = Object.entries(commands).map(([name, script]) => `${name}) ${script}\n;;`);
  const script = `#!/bin/sh
env= scopes= settings=
while :; do case $1 in
  -e) env=$2; shift 2;;
  -C) scopes="$scopes $2"; shift 2;;
  -c) settings="$settings $2"; shift 2;;
  -*) shift;;
  *) break;;
esac; done
case "$1 $2" in "python "*/install-package.py) result=$3; shift 4;; esac
echo "$*" >> '${join(folder, 'calls')}'
command=$1; shift
case $command in
${cases.join('\n')}
esac
`;
  await writeFile(join(root, 'bin/spack'), script);
  await chmod(join(root, 'bin/spack'), 0o755);
  const env = { PATH: process.env.PATH ?? '', SPACK_ROOT: root, SPACK_PYTHON: 'true', HOME: join(folder, 'home') };
  return { root, env };
}
