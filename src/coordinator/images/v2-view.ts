import { v2Layout, viewPrefix, type Entry, type ReadOptions } from '../../mirror/index.ts';
import { v2SpecKey, v2TarballKey, type Lockfile } from '../../spack/index.ts';
import type { StackMirror } from '../context.ts';
import { shareObject } from '../mirror/v2-mirror.ts';

/**
 * Puts layout v2 beside v3 into a lock's view, where the stack keeps both: a Spack before 1.0 installs from views too.
 * The index comes last. Safe to repeat; what is there is written once more with the same bytes.
 */
export async function writeV2View(
  mirror: StackMirror,
  { lock, lockDigest, read }: { lock: Lockfile; lockDigest: string; read: ReadOptions },
): Promise<void> {
  if (mirror.v2('') === undefined) return;
  const prefix = viewPrefix(lockDigest);
  const [source, view] = [v2Layout(mirror.root('')), v2Layout(mirror.root(prefix))];
  for (const node of lock.nodes.values()) {
    if (node.external !== undefined) continue;
    const entry = await source.read(node, read);
    if (entry !== undefined) await share(mirror, prefix, entry);
  }
  await view.publishKeys(await source.keys());
  await view.publishIndex();
}

async function share({ whole }: StackMirror, prefix: string, { spec, text }: Entry): Promise<void> {
  const tarball = v2TarballKey(spec.nodes);
  await shareObject(whole, tarball, `${prefix}/${tarball}`);
  const key = `${prefix}/${v2SpecKey(spec.nodes, 'signed')}`;
  await whole.put(key, Buffer.from(text), { contentType: 'application/json' });
}
