import { join, posix } from 'node:path';
import { messageOf, removeTree } from '../kit/index.ts';
import {
  entryState,
  installEntry,
  installRelocated,
  packPrefix,
  pushPackage,
  type MirrorLayout,
  type NamedSecrets,
  type PackedTarball,
  type SignText,
  type Verifier,
} from '../mirror/index.ts';
import {
  formatRunEnvironment,
  nodeOf,
  runEnvironmentFile,
  writeSpecFile,
  type Lockfile,
  type SpecNode,
} from '../spack/index.ts';
import type { BuildLog, BuildResult, Builder, DependencyTarget, TestResult } from './builder.ts';
import { builderError } from './errors.ts';
import { blamePackage } from './failure.ts';

/** A mirror that dependencies may come from, and what it takes for an entry there to count. */
export interface DependencySource {
  readonly layout: MirrorLayout;
  /** Holds dependencies that `layout` lacks; a package that only this one has is built all the same. */
  readonly older?: MirrorLayout;
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
  /** Where the package is pushed, in each layout of the one mirror: unsigned, unless `sign` is given. */
  readonly destination: readonly [MirrorLayout, ...MirrorLayout[]];
  readonly sign?: SignText;
  /** What no file of the package may hold. */
  readonly secrets?: NamedSecrets;
  readonly jobs: number;
  /** Whether the package is tested; recipes always are. */
  readonly runTests?: boolean;
  /** Build it even if it is on a mirror already. */
  readonly always?: boolean;
  /** Folder for the logs that the build leaves. */
  readonly artifacts?: string;
  readonly log: BuildLog;
  readonly signal?: AbortSignal;
}

export type Rebuilt =
  | { readonly done: 'present'; readonly where: string }
  | {
      readonly done: 'pushed';
      readonly where: string;
      readonly seconds: number;
      readonly size: number;
      readonly tests?: TestResult;
    };

/**
 * Makes sure that one package's binary is on the mirror: looks for it, or builds it from its dependencies' binaries,
 * tests it, packs it, pushes it. Fails with BUILD_PUSH_FAILED if it was built but could not be pushed.
 */
export async function rebuildPackage(request: RebuildRequest): Promise<Rebuilt> {
  const node = nodeOf(request.lock, request.hash);
  try {
    const where = request.always === true ? undefined : await findEntry(node, request);
    return where === undefined ? await buildAndPush(request, node) : { done: 'present', where };
  } catch (error) {
    throw blamePackage(error, { node, scratch: request.scratch });
  }
}

async function buildAndPush(request: RebuildRequest, node: SpecNode): Promise<Rebuilt> {
  try {
    const built = await build(request);
    const tarball = await pack(request, { node, built });
    await push(request, { node, tarball });
    const { seconds, tests } = built;
    const where = request.destination[0].store.url;
    return { done: 'pushed', where, seconds, size: tarball.size, tests };
  } finally {
    await removeTree(request.scratch);
  }
}

/** What is there but wrong counts as missing: it is built again, and told. */
async function findEntry(node: SpecNode, { sources, log }: RebuildRequest): Promise<string | undefined> {
  for (const { layout, ...options } of sources) {
    const found = await entryState(() => layout.read(node, options));
    if (found.state === 'valid') return layout.store.url;
    if (found.state === 'invalid') log(`Not taken from ${layout.store.url}: ${found.reason}`);
  }
  return undefined;
}

async function build(request: RebuildRequest): Promise<BuildResult> {
  const { lock, hash, environment, scratch, jobs, log, signal, artifacts, runTests = true } = request;
  return request.builder.build({
    lock,
    hash,
    environment,
    scratch,
    jobs,
    runTests,
    log,
    signal,
    artifacts,
    fetchDependency: async (node, folder, place) => fetchDependency(node, { folder, sources: request.sources, place }),
  });
}

interface Fetching {
  readonly folder: string;
  readonly sources: readonly DependencySource[];
  readonly place?: DependencyTarget;
}

async function fetchDependency(node: SpecNode, { folder, sources, place }: Fetching): Promise<void> {
  for (const { layout, older, ...options } of sources) {
    const { store } = layout;
    const entry = (await layout.read(node, options)) ?? (await older?.read(node, options));
    if (entry === undefined) continue;
    if (place === undefined) await installEntry(store, entry, { folder });
    else await installRelocated(store, entry, { folder, ...place });
    return;
  }
  const mirrors = sources.map((source) => source.layout.store.url).join(', ');
  throw builderError('BUILD_DEPENDENCY_MISSING', { package: `${node.name}@${node.version}`, hash: node.hash, mirrors });
}

async function pack(
  request: RebuildRequest,
  { node, built }: { node: SpecNode; built: BuildResult },
): Promise<PackedTarball> {
  const { folder, prefix, prefixes, store, environment } = built;
  const variables = environment === undefined ? undefined : formatRunEnvironment(environment);
  const output = join(request.scratch, `${node.name}-${node.hash}.tar.gz`);
  const specFile = writeSpecFile(request.lock, node.hash);
  const spack = store === undefined ? undefined : { sbang: store.sbang, prefix: store.spackPrefix };
  return packPrefix({
    folder,
    prefix,
    prefixes,
    output,
    node,
    specFile,
    metadata: variables === undefined ? {} : { [posix.basename(runEnvironmentFile)]: variables },
    secrets: request.secrets,
    storeRoot: store?.root,
    spack,
  });
}

async function push(
  request: RebuildRequest,
  { node, tarball }: { node: SpecNode; tarball: PackedTarball },
): Promise<void> {
  const { lock, hash, destination, sign } = request;
  try {
    await pushPackage(destination, { lock, hash, tarball, sign });
  } catch (error) {
    const details = {
      package: `${node.name}@${node.version}`,
      mirror: destination[0].store.url,
      reason: messageOf(error),
    };
    throw builderError('BUILD_PUSH_FAILED', details, { cause: error });
  }
}
