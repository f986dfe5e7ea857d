import { dirname, join } from 'node:path';
import { isRecord, readYaml } from '../../kit/index.ts';
import type { ConfigMapping } from '../../spack/index.ts';
import type { Expand } from './configuration-paths.ts';
import { configFiles } from './named-compilers.ts';
import { fileState, pathDigest, textOf } from './path-state.ts';

interface ReuseSearch {
  /** Folders of configuration and files of it. */
  readonly paths: readonly string[];
  /** The environment's own. */
  readonly section: ConfigMapping;
  /** Its `concretizer: reuse`. */
  readonly reuse: unknown;
  readonly expand: Expand;
}

/**
 * Returns the state of what Spack may reuse besides the packages of mirrors: the databases of other installations
 * (`upstreams`), and the locks of environments that `reuse: { from: … }` names.
 */
export async function reusedState({ paths, section, reuse, expand }: ReuseSearch): Promise<readonly string[]> {
  const files = (await Promise.all(paths.map((path) => configFiles(path, ['upstreams'])))).flat();
  const trees = await Promise.all(files.map(async (file) => treesIn(await textOf(file), file, expand)));
  const own = treesOf(section['upstreams'], expand);
  const databases = [...own, ...trees.flat()].map((tree) => join(tree, '.spack-db/index.json'));
  const { from } = isRecord(reuse) ? reuse : {};
  const environments = (Array.isArray(from) ? (from as readonly unknown[]) : []).flatMap((one) =>
    isRecord(one) && typeof one['path'] === 'string' ? [expand(one['path'])] : [],
  );
  return [
    ...(await Promise.all(databases.map(fileState))),
    ...(await Promise.all(environments.map((path) => pathDigest(join(path, 'spack.lock'))))),
  ];
}

function treesIn(text: string, file: string, expand: Expand): readonly string[] {
  // Spack reports one that is no YAML.
  const { value } = readYaml(text, file);
  return isRecord(value) ? treesOf(value['upstreams'], (path) => expand(path, dirname(file))) : [];
}

function treesOf(upstreams: unknown, expand: Expand): readonly string[] {
  const entries = isRecord(upstreams) ? Object.values(upstreams) : [];
  return entries.flatMap((one) =>
    isRecord(one) && typeof one['install_tree'] === 'string' ? [expand(one['install_tree'])] : [],
  );
}
