import { posix } from 'node:path';
import { isRecord, readYaml } from '../../kit/index.ts';
import type { Lockfile } from '../../spack/index.ts';
import type { MirrorPart } from '../definition.ts';
import type { FileSource, SourceFile } from '../folder-files.ts';
import type { LayerEntry } from '../layers/layer-tar.ts';
import { imageError } from '../errors.ts';

/** Bytes of all recipes together; they are held in memory. */
const MAX_BYTES = 64 * 1024 * 1024;

interface RecipesRequest {
  readonly lock: Lockfile;
  /** The text of `spack.yaml`. */
  readonly environment: string | undefined;
  /** Its folder in the repository; by default the top. */
  readonly folder?: string;
  readonly files: FileSource | undefined;
  readonly mirror: Pick<MirrorPart, 'path' | 'configuration'>;
}

/**
 * Returns the repositories of recipes that a stack has beside its `spack.yaml`, and a `repos.yaml` that names them:
 * without them Spack does not know the namespace of packages of the build cache. They keep their paths, which Spack
 * 1.x reads a namespace from, below the build cache. Those that are not in the stack's repository are left out.
 */
export async function stackRecipes(request: RecipesRequest): Promise<readonly LayerEntry[]> {
  const { environment, folder: top = '', files, lock, mirror } = request;
  if (environment === undefined || files === undefined) return [];
  const entries: LayerEntry[] = [];
  const targets = new Map<string, string>();
  let size = 0;
  for (const folder of await recipeFolders({ environment, folder: top }, files)) {
    const found = repositoryFiles(folder, await files(folder));
    const namespace = namespaceOf(found);
    if (namespace === undefined || targets.has(namespace)) continue;
    const target = posix.join(mirror.path, 'recipes', folder);
    targets.set(namespace, target);
    for (const { path, bytes, executable } of found) {
      size += bytes.length;
      if (size > MAX_BYTES) throw imageError('IMAGE_FILES_TOO_LARGE', { limit: MAX_BYTES });
      const at = posix.join(target, path).slice(1);
      entries.push({ kind: 'file', path: at, content: bytes, mode: executable ? 0o755 : 0o644 });
    }
  }
  if (targets.size === 0 || mirror.configuration === false) return entries;
  const path = posix.join(posix.dirname(mirror.configuration), 'repos.yaml').slice(1);
  // Before 1.0 the section is a list.
  const { version } = lock.spack;
  const isList = typeof version === 'string' && version.startsWith('0.');
  const repos = isList ? [...targets.values()] : Object.fromEntries(targets);
  return [...entries, { kind: 'file', path, content: `${JSON.stringify({ repos }, null, 2)}\n` }];
}

/** Returns the folders that an environment, and the configuration that it includes, name; the first counts most. */
async function recipeFolders(
  { environment, folder }: { readonly environment: string; readonly folder: string },
  files: FileSource,
): Promise<readonly string[]> {
  const own = sectionsOf(environment);
  const folders = named(own['repos'], folder);
  for (const path of named(own['include'], folder)) {
    const isFile = /\.ya?ml$/.test(path);
    const found = await files(isFile ? path : posix.join(path, 'repos.yaml'));
    const text = found.find((one) => one.path === '')?.bytes;
    if (text !== undefined)
      folders.push(
        ...named(sectionsOf(Buffer.from(text).toString('utf8'))['repos'], isFile ? posix.dirname(path) : path),
      );
  }
  return [...new Set(folders)];
}

function sectionsOf(text: string): Readonly<Record<string, unknown>> {
  const { value } = readYaml(text, 'spack.yaml');
  if (!isRecord(value)) return {};
  const sections = value['spack'] ?? value['env'];
  const own = isRecord(sections) ? sections : value;
  // `repos::` replaces what other configuration has.
  return Object.fromEntries(Object.entries(own).map(([key, section]) => [key.replace(/:$/, ''), section]));
}

/** Returns the relative paths of a list or mapping, below a folder of the repository, that do not lead out of it. */
function named(section: unknown, folder: string): string[] {
  const values = Array.isArray(section) ? section : Object.values(isRecord(section) ? section : {});
  return values.flatMap((value: unknown) => {
    const text = isRecord(value) ? value['path'] : value;
    if (typeof text !== 'string') return [];
    const relative = text.replace(/^\$(?:env\b|\{env\})\/?/, './');
    if (posix.isAbsolute(relative) || /[$~]|:\/\/|^git@/.test(relative)) return [];
    const path = posix.join(folder, relative).replace(/\/$/, '');
    if (path.startsWith('..')) return [];
    return [path === '.' ? '' : path];
  });
}

/** A repository of recipes at the root of the stack's repository has more beside it. */
function repositoryFiles(folder: string, files: readonly SourceFile[]): readonly SourceFile[] {
  return folder === '' ? files.filter(({ path }) => path === 'repo.yaml' || path.startsWith('packages/')) : files;
}

function namespaceOf(files: readonly SourceFile[]): string | undefined {
  const bytes = files.find(({ path }) => path === 'repo.yaml')?.bytes;
  const { value } = readYaml(Buffer.from(bytes ?? '').toString('utf8'), 'repo.yaml');
  const repo = isRecord(value) ? value['repo'] : undefined;
  const namespace = isRecord(repo) ? repo['namespace'] : undefined;
  return typeof namespace === 'string' && namespace !== '' ? namespace : undefined;
}
