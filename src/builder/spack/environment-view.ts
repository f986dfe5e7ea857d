import { existsSync } from 'node:fs';
import { lstat, mkdir, readdir, rm, symlink } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative } from 'node:path';
import { Scalar, isMap, isSeq, visit, type Document } from 'yaml';

/**
 * Files that Spack writes into an environment. Its `spack.yaml` is one: Spack 0.23 adds the compilers that it finds.
 */
const written = new Set(['spack.yaml', 'spack.lock', '.spack-env', '.spack-lock']);

/**
 * Creates a folder that looks like an environment, but may be written to and has no `spack.yaml` yet: everything else
 * is linked to the original, also the files beside it, up to the top of the repository, so that relative paths in
 * `repos` and `include` work. Returns the environment's folder in the view.
 */
export async function environmentView(environment: string, folder: string): Promise<string> {
  const top = await repositoryTop(environment);
  const steps = relative(top, environment)
    .split('/')
    .filter((part) => part !== '');
  await rm(folder, { recursive: true, force: true });
  let [from, to] = [top, join(folder, basename(top) || 'top')];
  for (const step of steps) {
    await linkEntries(from, to, new Set([step]));
    [from, to] = [join(from, step), join(to, step)];
  }
  await linkEntries(from, to, written);
  return to;
}

/**
 * Adapts the section `top` of a `spack.yaml` to the view. What `repos` and `include` lead to may be outside of it:
 * they get absolute paths. So do the sources of `develop`, whose path is part of a spec. The section `gitlab-ci` of
 * Spack 0.13 to 0.18, which decides no lock, is removed: Spack from 0.22 on refuses an environment that has it.
 */
export function adaptToView(document: Document, top: string, environment: string): void {
  document.deleteIn([top, 'gitlab-ci']);
  for (const key of ['repos', 'include']) makeAbsolute(document.getIn([top, key]), environment);
  const packages = document.getIn([top, 'develop']);
  if (!isMap(packages)) return;
  for (const { key } of packages.items) {
    const at = [top, 'develop', String(key), 'path'];
    // Without a path Spack takes the folder of the package's name in the environment.
    const path = document.getIn(at) ?? String(key);
    if (typeof path === 'string' && !isAbsolute(path) && !/^[$~]/.test(path))
      document.setIn(at, join(environment, path));
  }
}

/** Makes every text in a node absolute that is the relative path of something that exists. */
function makeAbsolute(node: unknown, folder: string): void {
  if (!isSeq(node) && !isMap(node)) return;
  visit(node, {
    // A branch may have the name of a folder.
    Map: (_, map) => (map.has('git') ? visit.SKIP : undefined),
    Scalar: (key, { value }) => {
      if (key === 'key' || typeof value !== 'string' || isAbsolute(value) || !existsSync(join(folder, value))) return;
      return new Scalar(join(folder, value));
    },
  });
}

async function linkEntries(from: string, to: string, without: ReadonlySet<string>): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const name of await readdir(from)) if (!without.has(name)) await symlink(join(from, name), join(to, name));
}

/** Returns the nearest folder upwards that holds a repository, or the environment's own. */
async function repositoryTop(environment: string): Promise<string> {
  for (let folder = environment; folder !== dirname(folder); folder = dirname(folder)) {
    const found = await lstat(join(folder, '.git')).catch(() => undefined);
    if (found !== undefined) return folder;
  }
  return environment;
}
