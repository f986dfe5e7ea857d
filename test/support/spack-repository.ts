import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';

/** Makes a repository of git with these files in one commit, and returns its folder. */
export async function committedRepository(root: string, files: Readonly<Record<string, string>>): Promise<string> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  const identity = ['-c', 'user.name=ada', '-c', 'user.email=ada@example.org'];
  await execa('git', ['init', '--quiet', root]);
  await execa('git', ['-C', root, 'add', '.']);
  await execa('git', ['-C', root, ...identity, 'commit', '--quiet', '--message', 'First']);
  return root;
}

/** Makes a repository of git that looks like a Spack of this version, from which one can be installed. */
export function spackRepository(folder: string, version: string): Promise<string> {
  return committedRepository(join(folder, `spack-${version}`), {
    'bin/spack': '#!/bin/sh\n',
    'lib/spack/spack/__init__.py': `__version__ = "${version}"\n`,
    'etc/spack/defaults/config.yaml': 'config: {}\n',
  });
}

/**
 * Makes a Python that makes environments with copies of itself, and whose pip runs these lines of shell; it fails for
 * words that match a pattern. Its calls are lines of `calls` in the folder.
 */
export async function fakePython(folder: string, pip: string, refuses = ''): Promise<string> {
  const file = join(folder, 'python');
  const script = `#!/bin/sh
echo "$*" >> '${join(folder, 'calls')}'
case "$*" in
  ${refuses === '' ? "'-m never'" : refuses}) exit 1;;
  *'-m venv'*) mkdir -p "$4/bin" "$4/lib/python3.11/site-packages"; cp "$0" "$4/bin/python3";;
  '-m pip install'*) ${pip};;
esac
`;
  await writeFile(file, script);
  await chmod(file, 0o755);
  return file;
}
