import { strict as assert } from 'node:assert';
import { readEntry } from '../../../src/mirror/index.ts';
import type { RunningServer } from '../../../src/server/assembly/open-server.ts';

/** Checks that the notary signed every entry on a stack's mirror, and returns how many there are. */
export async function signedEntries({ coordinator }: RunningServer, stack: string): Promise<number> {
  const { signing, stacks, verifier } = coordinator.context;
  const { whole, publisher } = stacks.get(stack)!.mirror;
  const { installs } = await publisher('').current();
  const entries = [...installs.values()].filter(({ in_buildcache }) => in_buildcache);
  for (const { spec } of entries) {
    const entry = await readEntry(whole, spec, { verifier, requireSignature: true });
    assert.equal(entry?.signedBy, signing.fingerprint, `${spec.name} is signed`);
  }
  return entries.length;
}
