import type { CoordinatorContext, ServerSettings } from '../../coordinator/index.ts';
import { keptCredentials, layoutRepository, openLayout, parseReference, registryClient } from '../../oci/index.ts';

/** Returns the target of a repository: the registry in its name, else the layout that this server serves. */
export function imageTargets({
  folder,
  baseUrl,
  registryCredentials,
}: Pick<CoordinatorContext, 'folder' | 'baseUrl' | 'registryCredentials'>): CoordinatorContext['imageTarget'] {
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
 * Never the name and password of the environment: they belong to no host, and stacks name the hosts.
 */
export function registryLogins(
  settings: ServerSettings,
  env: NodeJS.ProcessEnv,
): CoordinatorContext['registryCredentials'] {
  return async (registry) => {
    const found = settings.configuration.registries.find(({ host }) => host === registry);
    if (found === undefined) return keptCredentials(registry, env);
    return { username: found.username, password: await settings.reveal(found.password, `registry \`${registry}\``) };
  };
}
