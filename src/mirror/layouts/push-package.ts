import { nodeOf, readSpecFile, writeSpecFile } from '../../spack/index.ts';
import { writeLayout } from '../catalog/keys.ts';
import { pushEntry, type PushRequest } from '../entries/push.ts';
import type { MirrorLayout } from './layout.ts';

/** Pushes a package into each of these layouts, tarball first; each with a signature of its own. */
export async function pushPackage(layouts: readonly MirrorLayout[], request: PushRequest): Promise<void> {
  for (const layout of layouts) {
    if (layout.kind === 'v3') {
      await pushEntry(layout.store, request);
      // A server has marked its mirrors before; a folder that a run makes has nobody else who would.
      await writeLayout(layout.store);
    } else await pushBeside(layout, request);
  }
}

async function pushBeside(layout: MirrorLayout, { lock, hash, tarball, sign }: PushRequest): Promise<void> {
  const { sha256, size, diffId, file } = tarball;
  const entry = {
    id: nodeOf(lock, hash),
    spec: readSpecFile(writeSpecFile(lock, hash)),
    tarball: { sha256, size, diffId },
  };
  // Under a name that does not say what is in it, another build of the same package may lie.
  await layout.store.put(layout.tarballKey(entry), { file, size });
  const payload = await layout.payload(entry);
  await layout.put(entry, sign === undefined ? payload : await sign(payload));
}
