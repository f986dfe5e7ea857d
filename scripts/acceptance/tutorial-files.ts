import { readFile, readdir, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { packageRoot } from '../../src/kit/package-root.ts';

export interface TutorialOptions {
  /** Where images go, instead of the server's own registry. */
  readonly repository: string | undefined;
  /** Whether Spack builds it; recipes stand in otherwise. */
  readonly spack: boolean;
}

/**
 * Spack gives every package gcc's runtime, whose libraries want the C library of the machine and each other without
 * saying where; the programs here bring a C library of their own, and ask for none of those.
 */
const machineLibraries = 'ignore: [libc.so.*, libm.so.*, ld-linux-*, libgcc_s.so.*, libquadmath.so.*, libstdc++.so.*]';

/** The repository's files by path: the tutorial's own, and what its packages are made of. */
export async function tutorialFiles({ repository, spack }: TutorialOptions): Promise<Record<string, string>> {
  const examples = join(packageRoot(), 'examples');
  const own = await readTree(join(examples, 'tutorial-shaped'), ['.']);
  const packages = spack
    ? await spackPackages(examples)
    : await readTree(join(examples, 'first-light'), ['recipes', 'src']);
  const files = { ...packages, ...own };
  if (spack) {
    files['spack.yaml'] = `${files['spack.yaml'] ?? ''}  repos: [spack-repo]\n`;
    files['slipway.yaml'] = (files['slipway.yaml'] ?? '').replace('smoke:\n', `smoke:\n      ${machineLibraries}\n`);
  }
  if (repository === undefined) return files;
  const policy = files['slipway.yaml'] ?? '';
  return { ...files, 'slipway.yaml': policy.replaceAll('repository: tutorial', `repository: ${repository}`) };
}

/** The files in which the twin of the time of `gitlab-ci:` differs: it has one package more. */
export function oldStyleFiles(): Promise<Record<string, string>> {
  return readTree(join(packageRoot(), 'examples/tutorial-spack'), ['spack.yaml', '.gitlab-ci.yml']);
}

/** Spack's recipes, each with the sources beside it. */
async function spackPackages(examples: string): Promise<Record<string, string>> {
  const files = await readTree(join(examples, 'tutorial-spack'), ['spack-repo']);
  const sources = await readTree(join(examples, 'first-light'), ['src']);
  for (const [path, text] of Object.entries(sources)) {
    const [, name = '', ...rest] = path.split('/');
    files[join('spack-repo/packages', name, 'src', ...rest)] = text;
  }
  return files;
}

export async function readTree(root: string, parts: readonly string[]): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const part of parts) {
    const place = join(root, part);
    if ((await stat(place)).isFile()) files[part] = await readFile(place, 'utf8');
    else
      for (const entry of await readdir(place, { recursive: true, withFileTypes: true })) {
        const path = join(entry.parentPath, entry.name);
        if (entry.isFile()) files[relative(root, path)] = await readFile(path, 'utf8');
      }
  }
  return files;
}
