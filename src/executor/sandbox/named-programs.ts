import { join } from 'node:path';
import { homeFolder } from '../../kit/index.ts';
import { programFolders, type ProgramFolders } from './program-folders.ts';
import { spackPlaces } from './spack-places.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const searchPath = /^(?:PATH|LD_LIBRARY_PATH|MODULEPATH|PYTHONPATH)$/;
const ofSpack = /^SPACK_(?:ROOT|PYTHON|REPO|USER_CONFIG_PATH|SYSTEM_CONFIG_PATH|USER_CACHE_PATH)$/;
const ofConfiguration = /^SPACK_(?:USER|SYSTEM)_CONFIG_PATH$/;

interface NamedPrograms {
  /** Variables of stacks, which may name further programs. */
  readonly variables?: readonly Environment[];
  readonly hidden?: readonly string[];
}

/**
 * Returns the folders of the programs that the variables of an environment, and of stacks, name, and of what the
 * configuration of their Spack names.
 */
export async function namedPrograms(
  env: Environment,
  { variables = [], hidden = [] }: NamedPrograms = {},
): Promise<ProgramFolders> {
  const named = [env, ...variables].flatMap((one) => Object.entries(one));
  const valuesOf = (name: RegExp) => named.flatMap(([key, value]) => (name.test(key) && value ? [value] : []));
  const homes = [homeFolder({}), homeFolder(env)].filter((home) => home !== '/');
  const roots = valuesOf(/^SPACK_ROOT$/);
  const scopes = [...roots.map((root) => join(root, 'etc/spack')), ...valuesOf(ofConfiguration)];
  const places = [...valuesOf(ofSpack), ...(await spackPlaces(scopes))];
  const search = { paths: valuesOf(searchPath), places, homes, hidden };
  const found = await programFolders(search);
  // Spack's own key ring, unless a variable names another.
  const rings = roots.map((root) => join(root, 'opt/spack/gpg'));
  return { ...found, hidden: [...found.hidden, ...rings] };
}
