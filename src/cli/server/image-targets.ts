import type { CoordinatorContext, DataFolder } from '../../coordinator/index.ts';
import { layoutRepository, openLayout, parseReference, registryClient } from '../../oci/index.ts';
import type { RegistryCredentials } from '../../oci/index.ts';
import type { ServerSettings } from './settings.ts';

/**
 * Where images go: a repository with a registry's host to that registry, any other to the layout that we serve, under the
 * name by which it is pulled from us.
 */
export function imageTargets(
  settings: ServerSettings,
  folder: DataFolder,
  baseUrl: () => string,
): CoordinatorContext['imageTarget'] {
  return async (name) => {
    const { registry, repository } = parseReference(name);
    if (registry === undefined) {
      const own = layoutRepository(await openLayout(folder.images, { create: true }), repository);
      return { ...own, place: `${new URL(baseUrl()).host}/${repository}` };
    }
    return registryClient({
      registry,
      repository,
      access: 'push',
      credentials: await credentialsFor(settings, registry),
    });
  };
}

async function credentialsFor(settings: ServerSettings, registry: string): Promise<RegistryCredentials | undefined> {
  const found = settings.configuration.registries.find(({ host }) => host === registry);
  if (found === undefined) return undefined;
  return { username: found.username, password: await settings.reveal(found.password, `registry \`${registry}\``) };
}
