import type { ContainerClient } from './container-client.ts';

/** Podman removes no container whose network others share: it goes in the second round. */
const ROUNDS = 2;

/** Removes all containers that have a label. */
export async function removeContainers(client: ContainerClient, label: string): Promise<void> {
  for (let round = 0; round < ROUNDS; round += 1) {
    const listed = await client.attempt(['ps', '--all', '--quiet', '--filter', `label=${label}`]);
    const ids = listed.text.split('\n').filter(Boolean);
    if (ids.length === 0) return;
    await client.attempt(['rm', '--force', '--volumes', ...ids]);
  }
}
