import type { ContainerClient } from './container-client.ts';

/** Removes all containers that have a label. */
export async function removeContainers(client: ContainerClient, label: string): Promise<void> {
  const listed = await client.attempt(['ps', '--all', '--quiet', '--filter', `label=${label}`]);
  const ids = listed.text.split('\n').filter(Boolean);
  if (ids.length > 0) await client.attempt(['rm', '--force', '--volumes', ...ids]);
}
