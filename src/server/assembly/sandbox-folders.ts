import { join, resolve } from 'node:path';
import { type DataFolder, type ServerSettings } from '../../coordinator/index.ts';
import { namedPrograms, type ProgramFolders } from '../../executor/index.ts';
import { packageFolders, secretSources } from '../../kit/index.ts';

/**
 * Returns the folders for the sandbox of jobs. Hidden are all data of the server, and every file that a secret is read
 * from. Readable even there are slipway with what it depends on, node, the folder with the command `slipway`, and the programs that the
 * server's PATH and the variables of stacks name, without those that are `refused`. Jobs of protected refs may write
 * `caches`.
 */
export async function sandboxFolders(
  settings: ServerSettings,
  folder: DataFolder,
  env: NodeJS.ProcessEnv,
): Promise<ProgramFolders & { readonly caches: readonly string[] }> {
  const hidden = secretPaths(settings, folder);
  const variables = settings.configuration.stacks.map((stack) => stack.variables);
  const found = await namedPrograms(env, { variables, hidden });
  const own = [...packageFolders(), process.execPath, join(folder.runner, 'bin')];
  const named = variables.flatMap((one) => one['SLIPWAY_CACHE'] ?? []).filter((path) => path.startsWith('/'));
  const caches = [join(folder.runner, 'cache/protected'), ...named];
  return { ...found, caches, hidden: [...hidden, ...found.hidden], readable: [...own, ...found.readable] };
}

function secretPaths({ configuration, base }: ServerSettings, folder: DataFolder): readonly string[] {
  const { stacks, mirrors, notary, tls } = configuration;
  const remotes = stacks.flatMap(({ remote }) => (remote?.startsWith('/') ? [remote] : []));
  const paths = [
    ...secretSources(configuration, 'file'),
    notary.folder,
    ...mirrors.map(({ path }) => path),
    tls?.key,
    ...remotes,
  ];
  return [folder.root, ...paths.flatMap((path) => (path === undefined ? [] : [resolve(base, path)]))];
}
