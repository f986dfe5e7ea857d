import { join, posix } from 'node:path';
import { bytesIn, messageOf, removeTree, type NamedSecrets } from '../kit/index.ts';
import {
  entryState,
  installEntry,
  installRelocated,
  packPrefix,
  pushPackage,
  type MirrorLayout,
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

/** A mirror of dependencies and the conditions for its entries to count. */
export interface DependencySource {
  readonly layout: MirrorLayout;
  /** The source of dependencies that `layout` lacks; a package that only this one has is built nevertheless. */
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
  /** Where the package is pushed, in each layout of the one mirror: unsigned without `sign`. */
  readonly destination: readonly [MirrorLayout, ...MirrorLayout[]];
  readonly sign?: SignText;
  /** Texts that no file of the package may contain. */
  readonly secrets?: NamedSecrets;
  readonly jobs: number;
  readonly jobserver?: string;
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
      /** Of the build, dependencies included. */
      readonly seconds: number;
      /** Seconds for the dependencies from the mirror. */
      readonly fetched: number;
      /** Seconds for packing the package and pushing it. */
      readonly pushed: number;
      readonly size: number;
      /** Bytes on the disk: of the installed package, and of all that its build had. */
      readonly disk: { readonly prefix: number; readonly build: number };
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
    const { sources, runTests = true } = request;
    let fetched = 0;
    const built = await request.builder.build({
      ...request,
      runTests,
      fetchDependency: async (one, folder, target) => {
        const started = performance.now();
        await fetchDependency(one, { sources, folder, target });
        fetched += (performance.now() - started) / 1000;
      },
    });
    const disk = { prefix: await bytesIn(built.folder), build: await bytesIn(request.scratch) };
    const packing = performance.now();
    const tarball = await pack(request, node, built);
    await push(request, node, tarball);
    const pushed = (performance.now() - packing) / 1000;
    const { seconds, tests } = built;
    const where = request.destination[0].store.url;
    return { done: 'pushed', where, seconds, fetched, pushed, size: tarball.size, disk, tests };
  } finally {
    await removeTree(request.scratch);
  }
}

/** An invalid entry counts as missing: it is logged, and the package is built again. */
async function findEntry(node: SpecNode, { sources, log }: RebuildRequest): Promise<string | undefined> {
  for (const { layout, ...options } of sources) {
    const found = await entryState(() => layout.read(node, options));
    if (found.state === 'valid') return layout.store.url;
    if (found.state === 'invalid') log(`Not taken from ${layout.store.url}: ${found.reason}`);
  }
  return undefined;
}

async function fetchDependency(
  node: SpecNode,
  { sources, folder, target }: Pick<RebuildRequest, 'sources'> & { folder: string; target?: DependencyTarget },
): Promise<void> {
  for (const { layout, older, ...options } of sources) {
    const { store } = layout;
    const entry = (await layout.read(node, options)) ?? (await older?.read(node, options));
    if (entry === undefined) continue;
    if (target === undefined) await installEntry(store, entry, { folder });
    else await installRelocated(store, entry, { folder, ...target });
    return;
  }
  const mirrors = sources.map((source) => source.layout.store.url).join(', ');
  throw builderError('BUILD_DEPENDENCY_MISSING', { package: `${node.name}@${node.version}`, hash: node.hash, mirrors });
}

async function pack(request: RebuildRequest, node: SpecNode, built: BuildResult): Promise<PackedTarball> {
  const { store, environment } = built;
  const variables = environment && formatRunEnvironment(environment);
  return packPrefix({
    ...built,
    output: join(request.scratch, `${node.name}-${node.hash}.tar.gz`),
    node,
    specFile: writeSpecFile(request.lock, node.hash),
    metadata: variables === undefined ? {} : { [posix.basename(runEnvironmentFile)]: variables },
    secrets: request.secrets,
    storeRoot: store?.root,
    spack: store && { sbang: store.sbang, prefix: store.spackPrefix },
  });
}

async function push(
  { lock, hash, destination, sign }: RebuildRequest,
  { name, version }: SpecNode,
  tarball: PackedTarball,
): Promise<void> {
  try {
    await pushPackage(destination, { lock, hash, tarball, sign });
  } catch (error) {
    const details = { package: `${name}@${version}`, mirror: destination[0].store.url, reason: messageOf(error) };
    throw builderError('BUILD_PUSH_FAILED', details, { cause: error });
  }
}
