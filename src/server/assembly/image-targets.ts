import type { CoordinatorContext, DataFolder, ServerSettings } from '../../coordinator/index.ts';
import { keptCredentials, layoutRepository, openLayout, parseReference, registryClient } from '../../oci/index.ts';

interface ImageTargetOptions {
  readonly folder: DataFolder;
  readonly baseUrl: () => string;
  readonly registryCredentials: CoordinatorContext['registryCredentials'];
}

/**
 * Returns where images go: a repository with a registry's host to that registry, any other to the layout that the
 * server itself serves.
 */
export function imageTargets({
  folder,
  baseUrl,
  registryCredentials,
}: ImageTargetOptions): CoordinatorContext['imageTarget'] {
  return async (name) => {
    const { registry, repository } = parseReference(name);
    if (registry === undefined) {
      const own = layoutRepository(await openLayout(folder.images, { create: true }), repository);
      return { ...own, location: `${new URL(baseUrl()).host}/${repository}` };
    }
    return registryClient({ registry, repository, access: 'push', credentials: await registryCredentials(registry) });
  };
}

/**
 * Returns the server's credentials for a registry: `registries` of its configuration, else the logins of its user.
 * Never the name and password of the environment: they are for no particular host, and stacks name the hosts.
 */
export function registryLogins(
  settings: ServerSettings,
  env: Readonly<Record<string, string | undefined>>,
): CoordinatorContext['registryCredentials'] {
  return async (registry) => {
    const found = settings.configuration.registries.find(({ host }) => host === registry);
    if (found === undefined) return keptCredentials(registry, env);
    return { username: found.username, password: await settings.reveal(found.password, `registry \`${registry}\``) };
  };
}
