import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ifExists, type Secret } from '../kit/index.ts';
import { IndexPublisher, copyEntries, folderStore, httpStore, readEntry, type ObjectStore } from '../mirror/index.ts';
import type { JobReproduction } from '../protocol/index.ts';
import { binaryMirrors, withoutPublication } from './without-publication.ts';
import { closure, nodeOf, readLockfile, type BuildcacheName } from '../spack/index.ts';

interface MirrorRequest {
  readonly reproduction: JobReproduction;
  /** Folder of this reproduction. */
  readonly folder: string;
  /** Folder of the locked environment in the project. */
  readonly environment: string;
  /** Without a server the job has only what is in the folder. */
  readonly server?: string;
  readonly token?: Secret;
  readonly signal: AbortSignal;
}

/**
 * Returns the variables of the mirrors for a job that runs again: it pushes into a folder of its own, and reads the
 * protected mirror from the server. What only its pull request's mirror holds is copied into the folder first, if the
 * stack's token is known. It builds even what a mirror has, since it is to fail as it failed.
 */
export async function prepareMirror(request: MirrorRequest): Promise<Readonly<Record<string, string>>> {
  const { reproduction, folder, environment, server } = request;
  const own = join(folder, 'mirror');
  await mkdir(own, { recursive: true });
  if (server !== undefined && reproduction.trust !== 'protected') await copyPushed(request, folderStore(own));
  const readFrom = server === undefined ? undefined : `${server}/mirrors/${reproduction.stack}`;
  const file = join(environment, 'spack.yaml');
  const [first] = await binaryMirrors(file);
  await withoutPublication(file, { own, readFrom });
  const source = readFrom ?? first?.fetchUrl;
  return {
    SLIPWAY_MIRROR: own,
    ...(source === undefined ? {} : { SLIPWAY_MIRROR_SOURCE: source }),
    // Its own folder is not signed.
    SLIPWAY_TRUST: 'pull-request',
    SPACK_REBUILD_EVERYTHING: 'True',
    SLIPWAY_REPRODUCTION: 'true',
  };
}

async function copyPushed(
  { reproduction, folder, environment, server, token, signal }: MirrorRequest,
  to: ObjectStore,
): Promise<void> {
  const { value: hash } = reproduction.variables.find(({ key }) => key === 'SPACK_JOB_SPEC_DAG_HASH') ?? {};
  if (token === undefined || hash === undefined) return;
  const file = join(environment, 'spack.lock');
  const text = await ifExists(readFile(file, 'utf8'));
  if (text === undefined) return;
  const lock = readLockfile(text, file);
  if (!lock.nodes.has(hash)) return;
  const authorization = `Bearer ${token.reveal()}`;
  const from = httpStore(`${server}/api/v1/jobs/${reproduction.job.id}/mirror`, {
    fetch: async (url, init) => fetch(url, { ...init, headers: { ...(init.headers as object), authorization } }),
  });
  const read = { requireSignature: false };
  const ids: BuildcacheName[] = [];
  for (const one of closure(lock, [hash], ['build', 'link', 'run', 'test'])) {
    const node = nodeOf(lock, one);
    if (one !== hash && node.external === undefined && (await readEntry(from, node, read)) !== undefined)
      ids.push(node);
  }
  const publisher = new IndexPublisher(to);
  try {
    for await (const _ of copyEntries(from, to, { ids, read, publisher, scratch: folder, signal }));
  } finally {
    publisher.close();
  }
}
