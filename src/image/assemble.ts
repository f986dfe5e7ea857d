import { join } from 'node:path';
import PQueue from 'p-queue';
import { SecretSearch, type NamedSecrets } from '../kit/index.ts';
import { sbangProgram, type GrowElf, type ObjectStore } from '../mirror/index.ts';
import type { Image } from '../oci/index.ts';
import type { EnvironmentChange } from '../spack/index.ts';
import { readBase, type BaseRoot, type ImageBase } from './base.ts';
import { checkPackages, refuseCrossings } from './contents/check-packages.ts';
import { checkSymbols } from './contents/check-symbols.ts';
import { definitionFiles } from './contents/definition-files.ts';
import { loadedChanges, viewChanges } from './contents/environment.ts';
import { mirrorPart } from './contents/mirror-part.ts';
import type { MirrorTreeOptions } from './contents/mirror-tree.ts';
import { placePackage, type PlacedPackage } from './contents/placed-package.ts';
import { relocatePackages, requireOneTree } from './contents/relocate-package.ts';
import { userEntries, userId } from './contents/users.ts';
import { chooser, viewAt, viewEntries, viewsOf, type View } from './contents/view.ts';
import type { ImageDefinition } from './definition.ts';
import { imageError } from './errors.ts';
import { factsReader, type FactsReader } from './facts/facts-cache.ts';
import { RootIndex } from './facts/root-index.ts';
import type { FileSource } from './folder-files.ts';
import { putTogether } from './image-document.ts';
import { layerMaker, type LayerMaker } from './layers/layer-cache.ts';
import type { LayerEntry } from './layers/layer-tar.ts';
import { folderEntry, ownLayer } from './layers/own-layer.ts';
import { packageLayer, type ImageLayer } from './layers/package-layers.ts';
import { packageBlob } from './package-blob.ts';
import { isBelow } from './paths.ts';
import type { ImagePlan, PlannedPackage } from './plan.ts';
import { refuseSecretEntries } from './refuse-secret.ts';

export interface AssembleOptions {
  readonly plan: ImagePlan;
  /** The mirror that the plan's entries are of. */
  readonly store: ObjectStore;
  readonly definition: ImageDefinition;
  /** A folder for layers that are made and for facts about layers. If it is kept, the next build reuses them. */
  readonly work: string;
  /** How entries for a build cache in the image are read, and what signs those that have no signature in its layout. */
  readonly mirror?: Pick<MirrorTreeOptions, 'read' | 'sign'>;
  /** Rewrites programs whose paths grow when they are relocated; without it, that is refused. */
  readonly growElf?: GrowElf;
  /** Where `files` are read; not needed without them. */
  readonly files?: FileSource;
  /** As `openBase` returns it; without one the image starts empty. */
  readonly base?: ImageBase;
  /** SHA-256 of the lock's bytes, hexadecimal. */
  readonly lockDigest: string;
  /** The environment's `spack.yaml`, for its views. */
  readonly environment?: string;
  /** Its folder in the stack's repository; by default the top. */
  readonly environmentFolder?: string;
  /** SHA of the commit that the image is made of. */
  readonly commit?: string;
  /** URL of the stack's repository. */
  readonly source?: string;
  /** Values that no file of the image may contain. */
  readonly secrets?: NamedSecrets;
  /** Time in the image; by default the epoch, so that the same content has the same digest. */
  readonly created?: Date;
}

/** Packages in parallel: reading a layer is a stream through gunzip, which other threads do. */
const AT_ONCE = 4;

/**
 * Makes an image out of the base's layers, each package's tarball as it is (or several joined, where there would be too
 * many layers), the view, and a last small layer of files. The same entries, files and base give the same digest,
 * wherever and whenever. Nothing is published.
 */
export async function assembleImage(options: AssembleOptions): Promise<Image> {
  const { plan, definition, work } = options;
  const secrets = new SecretSearch(options.secrets ?? []);
  const facts = factsReader({ folder: join(work, 'facts'), secrets });
  const base = await readBase(options.base, facts);
  const make = layerMaker(join(work, 'layers'));
  const packages = await placePackages(options, { facts, make });
  checkPackages(packages, base.index, definition.clashes);
  const placed = new Map(packages.map((one) => [one.planned.node.hash, one]));
  const parts = { placed, make, compression: definition.compression };
  const layers: ImageLayer[] = [];
  for (const layer of plan.layers) layers.push(await packageLayer(layer, parts));
  const mirror = await mirrorPart(options, make);
  const { layer: view, changes } = await viewLayer(options, packages, base);
  const last = await lastLayer({ ...options, more: mirror.entries, search: secrets }, packages, base);
  checkRoot(base, packages);
  return putTogether({
    ...options,
    layers: [...layers, ...mirror.layers, ...[view, last].filter((one) => one !== undefined)],
    changes,
  });
}

async function placePackages(
  { plan, store, definition, work, growElf }: AssembleOptions,
  { facts, make }: { facts: FactsReader; make: LayerMaker },
): Promise<readonly PlacedPackage[]> {
  const place = (one: PlannedPackage) => async () => {
    const blob = packageBlob(store, one);
    return placePackage(one, await facts(blob), blob);
  };
  const placed = await new PQueue({ concurrency: AT_ONCE }).addAll(plan.packages.map(place));
  if (definition.root !== undefined)
    return relocatePackages(placed, { root: definition.root, lock: plan.lock, facts, make, work, growElf });
  requireOneTree(placed);
  return placed;
}

async function viewLayer(
  { definition, environment, plan }: AssembleOptions,
  packages: readonly PlacedPackage[],
  base: BaseRoot,
): Promise<{ layer: ImageLayer | undefined; changes: readonly EnvironmentChange[] }> {
  const views = chosenViews(definition.view, environment);
  const [first] = views;
  if (first === undefined) return { layer: undefined, changes: loadedChanges(plan.lock, packages) };
  const entries = views.map((view) => viewEntries(view, plan.lock, packages));
  refuseCrossings(
    entries.flat().map(({ path }) => path),
    base.index,
  );
  const layer = await ownLayer(entries.flat(), base.index, 'slipway: view');
  const isLinked = chooser(first, plan.lock);
  return { layer, changes: viewChanges(first.root, { entries: entries[0] ?? [], packages, isLinked }) };
}

function chosenViews(root: ImageDefinition['view'], environment: string | undefined): readonly View[] {
  if (root === false) return [];
  if (root !== undefined) return [viewAt(root)];
  return environment === undefined ? [] : viewsOf(environment);
}

interface LastLayerOptions extends AssembleOptions {
  /** Further entries. */
  readonly more: readonly LayerEntry[];
  readonly search: SecretSearch;
}

/**
 * Makes the layer of files, users, folders and `sbang`. It restores the base's folders, which tarballs of packages
 * would change to root's with mode 0755.
 */
async function lastLayer(
  { definition, files: source = async () => [], more, search }: LastLayerOptions,
  packages: readonly PlacedPackage[],
  { index, accounts }: BaseRoot,
): Promise<ImageLayer | undefined> {
  const files = await definitionFiles(definition.files, source);
  const folders = definition.folders.map(({ path, mode, user }): LayerEntry => {
    const id = user === undefined ? 0 : userId(user, definition.users, accounts);
    return { kind: 'folder', path: path.slice(1), mode: Number.parseInt(mode, 8), uid: id, gid: id };
  });
  // It belongs to Spack's install tree, and is in no tarball.
  const sbang = [...new Set(packages.flatMap(({ facts }) => facts.sbang))].toSorted().map((path): LayerEntry => {
    return { kind: 'file', path: path.slice(1), mode: 0o755, content: sbangProgram };
  });
  const own = [...sbang, ...userEntries(definition.users, accounts), ...more, ...files];
  refuseSecretEntries(search, own);
  refuseCrossings(
    [...own, ...folders].map(({ path }) => path),
    index,
  );
  const covered = own.find(({ path, kind }) => kind === 'file' && index.get(path)?.kind === 'folder');
  if (covered !== undefined)
    throw imageError('IMAGE_FILE_REFUSED', { path: `/${covered.path}`, reason: 'the base image has a folder there' });
  const restored = foldersOutside(packages).filter((path) => index.get(path)?.kind === 'folder');
  const restoring = restored.map((path) => folderEntry(path, index));
  return ownLayer([...restoring, ...own, ...folders], index, 'slipway: files and parent folders');
}

/** Folders in tarballs of packages outside of the package's prefix. */
function foldersOutside(packages: readonly PlacedPackage[]): readonly string[] {
  const outside = packages.flatMap(({ prefix, facts }) =>
    facts.paths.filter(({ path, kind }) => kind === 'folder' && path !== '' && !isBelow(path, prefix.slice(1))),
  );
  return [...new Set(outside.map(({ path }) => path))];
}

function checkRoot(base: BaseRoot, packages: readonly PlacedPackage[]): void {
  const root = new RootIndex();
  for (const layer of base.facts) root.apply(layer);
  for (const { facts } of packages) root.apply(facts);
  checkSymbols(
    root,
    base.facts.flatMap(({ loaderFolders }) => loaderFolders),
    packages,
  );
}
