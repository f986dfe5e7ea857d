import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode, messageOf } from '../kit/index.ts';
import { checkEntry, installEntry, packPrefix, pushEntry, readEntry } from '../mirror/index.ts';
import type { NamedSecrets, ObjectStore, PackedTarball, Verifier } from '../mirror/index.ts';
import { nodeOf, writeSpecFile } from '../spack/index.ts';
import type { Lockfile, SpecNode } from '../spack/index.ts';
import type { BuildLog, BuildResult, Builder } from './builder.ts';
import { builderError } from './errors.ts';

/** A mirror that dependencies may come from, and what it takes for an entry there to count. */
export interface DependencySource {
  readonly store: ObjectStore;
  readonly requireSignature: boolean;
  readonly verifier?: Verifier;
}

export interface RebuildRequest {
  readonly builder: Builder;
  readonly lock: Lockfile;
  readonly hash: string;
  /** The stack's folder, as it was locked. */
  readonly environment: string;
  /** A folder of this rebuild's own; removed at the end. */
  readonly scratch: string;
  /** In the order in which packages are looked for. */
  readonly sources: readonly DependencySource[];
  /** Where the package is pushed, unsigned. */
  readonly destination: ObjectStore;
  /** What no file of the package may hold. */
  readonly secrets?: NamedSecrets;
  readonly jobs: number;
  readonly log: BuildLog;
  readonly signal?: AbortSignal;
}

export type Rebuilt =
  | { readonly done: 'present'; readonly where: string }
  | { readonly done: 'pushed'; readonly where: string; readonly seconds: number; readonly size: number };

/**
 * Makes sure that one package's binary is on the mirror: looks for it, or builds it from its dependencies' binaries,
 * tests it, packs it, pushes it. Fails with BUILD_PUSH_FAILED if it was built but could not be pushed.
 */
export async function rebuildPackage(request: RebuildRequest): Promise<Rebuilt> {
  const node = nodeOf(request.lock, request.hash);
  const where = await findEntry(node, request.sources);
  if (where !== undefined) return { done: 'present', where };
  try {
    const built = await build(request);
    const tarball = await pack(request, { node, built });
    await push(request, { node, tarball });
    return { done: 'pushed', where: request.destination.url, seconds: built.seconds, size: tarball.size };
  } catch (error) {
    if (!hasCode(error, 'ENOSPC') && !hasCode(error, 'EDQUOT')) throw error;
    throw builderError(
      'BUILD_DISK_FULL',
      { package: `${node.name}@${node.version}`, scratch: request.scratch },
      { cause: error },
    );
  } finally {
    await rm(request.scratch, { recursive: true, force: true });
  }
}

async function findEntry(node: SpecNode, sources: readonly DependencySource[]): Promise<string | undefined> {
  for (const { store, ...options } of sources) {
    if ((await checkEntry(store, node, options)).state === 'valid') return store.url;
  }
  return undefined;
}

async function build(request: RebuildRequest): Promise<BuildResult> {
  const { lock, hash, environment, scratch, jobs, log, signal } = request;
  return request.builder.build({
    lock,
    hash,
    environment,
    scratch,
    jobs,
    runTests: true,
    log,
    signal,
    fetchDependency: async (node, folder) => fetchDependency(node, { folder, sources: request.sources }),
  });
}

async function fetchDependency(
  node: SpecNode,
  { folder, sources }: { folder: string; sources: readonly DependencySource[] },
): Promise<void> {
  for (const { store, ...options } of sources) {
    const entry = await readEntry(store, node, options);
    if (entry === undefined) continue;
    await installEntry(store, entry, { folder });
    return;
  }
  const mirrors = sources.map((source) => source.store.url).join(', ');
  throw builderError('BUILD_DEPENDENCY_MISSING', { package: `${node.name}@${node.version}`, hash: node.hash, mirrors });
}

async function pack(
  request: RebuildRequest,
  { node, built }: { node: SpecNode; built: BuildResult },
): Promise<PackedTarball> {
  const { folder, prefix, prefixes } = built;
  const output = join(request.scratch, `${node.name}-${node.hash}.tar.gz`);
  const specFile = writeSpecFile(request.lock, node.hash);
  return packPrefix({ folder, prefix, prefixes, output, node, specFile, secrets: request.secrets });
}

async function push(
  request: RebuildRequest,
  { node, tarball }: { node: SpecNode; tarball: PackedTarball },
): Promise<void> {
  const { lock, hash, destination } = request;
  try {
    await pushEntry(destination, { lock, hash, tarball });
  } catch (error) {
    const details = { package: `${node.name}@${node.version}`, mirror: destination.url, reason: messageOf(error) };
    throw builderError('BUILD_PUSH_FAILED', details, { cause: error });
  }
}
