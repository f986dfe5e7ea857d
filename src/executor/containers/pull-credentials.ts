import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ContainerRuntime } from './runtime.ts';

/**
 * Writes the registry credentials of a job (`DOCKER_AUTH_CONFIG`) for the runtime, and returns where. Only the
 * credentials themselves: other settings of such a file name programs of this machine.
 * https://docs.gitlab.com/ci/docker/using_docker_images/#access-an-image-from-a-private-container-registry
 */
export async function writeCredentials(
  folder: string,
  { program }: ContainerRuntime,
  text: string | undefined,
): Promise<string> {
  const place = join(folder, 'registries');
  const file = join(place, 'config.json');
  await mkdir(place, { recursive: true, mode: 0o700 });
  await writeFile(file, JSON.stringify({ auths: authsIn(text) }), { mode: 0o600 });
  return program === 'docker' ? place : file;
}

function authsIn(text: string | undefined): unknown {
  try {
    return (JSON.parse(text ?? '{}') as { readonly auths?: unknown }).auths ?? {};
  } catch {
    return {};
  }
}
