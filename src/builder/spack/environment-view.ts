import { existsSync } from 'node:fs';
import { lstat, mkdir, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative } from 'node:path';
import { Scalar, isMap, isSeq, parseDocument, visit, type Document } from 'yaml';

/**
 * Files that Spack writes into an environment. Its `spack.yaml` is one: Spack 0.23 adds the compilers that it finds.
 */
const written = new Set(['spack.yaml', 'spack.lock', '.spack-env', '.spack-lock']);

/**
 * A folder that looks like an environment but may be written to: `spack.yaml` is a copy, all else leads to the
 * original, also what lies beside it, up to the top of the repository: relative paths in `repos` and `include`
 * mean what they mean there. Gives back the environment's folder in the view.
 */
export async function environmentView(environment: string, folder: string): Promise<string> {
  const top = await repositoryTop(environment);
  const steps = relative(top, environment)
    .split('/')
    .filter((part) => part !== '');
  await rm(folder, { recursive: true, force: true });
  let [from, to] = [top, join(folder, basename(top) || 'top')];
  for (const step of steps) {
    await linkEntries({ from, to, without: new Set([step]) });
    [from, to] = [join(from, step), join(to, step)];
  }
  await linkEntries({ from, to, without: written });
  await writeFile(join(to, 'spack.yaml'), copyOf(await readFile(join(environment, 'spack.yaml'), 'utf8'), environment));
  return to;
}

/**
 * The text for the copy. Spack from 0.22 on refuses an environment with the section that told Spack 0.13 to 0.18 of
 * pipelines; it decides no lock. What `repos` and `include` lead to may lie outside of the view: they get the whole
 * path. So do the sources of `develop`, whose path is part of a spec.
 */
function copyOf(text: string, environment: string): string {
  const document = parseDocument(text);
  let isChanged = false;
  for (const top of ['spack', 'env']) {
    if (document.hasIn([top, 'gitlab-ci'])) isChanged = document.deleteIn([top, 'gitlab-ci']);
    for (const key of ['repos', 'include'])
      isChanged = makeAbsolute(document.getIn([top, key]), environment) || isChanged;
    isChanged = placeSources(document, [top, 'develop'], environment) || isChanged;
  }
  return isChanged ? document.toString({ lineWidth: 0 }) : text;
}

/** Without a path Spack takes the folder of the package's name in the environment. */
function placeSources(document: Document, at: readonly string[], environment: string): boolean {
  const packages = document.getIn(at);
  if (!isMap(packages)) return false;
  let isChanged = false;
  for (const { key } of packages.items) {
    const name = String(key);
    const path = document.getIn([...at, name, 'path']) ?? name;
    if (typeof path !== 'string' || isAbsolute(path) || /^[$~]/.test(path)) continue;
    document.setIn([...at, name, 'path'], join(environment, path));
    isChanged = true;
  }
  return isChanged;
}

/** Every text in a node that is the relative path of something that exists. */
function makeAbsolute(node: unknown, folder: string): boolean {
  if (!isSeq(node) && !isMap(node)) return false;
  let isChanged = false;
  visit(node, {
    // A branch may be called what a folder is called.
    Map: (_, map) => (map.has('git') ? visit.SKIP : undefined),
    Scalar: (key, { value }) => {
      if (key === 'key' || typeof value !== 'string' || isAbsolute(value) || !existsSync(join(folder, value))) return;
      isChanged = true;
      return new Scalar(join(folder, value));
    },
  });
  return isChanged;
}

async function linkEntries(link: { from: string; to: string; without: ReadonlySet<string> }): Promise<void> {
  await mkdir(link.to, { recursive: true });
  for (const name of await readdir(link.from)) {
    if (!link.without.has(name)) await symlink(join(link.from, name), join(link.to, name));
  }
}

/** The nearest folder upwards that holds a repository, or the environment's own. */
async function repositoryTop(environment: string): Promise<string> {
  for (let folder = environment; folder !== dirname(folder); folder = dirname(folder)) {
    const found = await lstat(join(folder, '.git')).catch(() => undefined);
    if (found !== undefined) return folder;
  }
  return environment;
}
