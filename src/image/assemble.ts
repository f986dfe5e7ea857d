import type { ObjectStore } from '../mirror/index.ts';
import { bytesBlob, diffIdOf, digestOf, jsonBytes, layerCompression, layersOf, mediaTypes } from '../oci/index.ts';
import type { Blob, Descriptor, Image } from '../oci/index.ts';
import { parentsOf, readBasePaths } from './base-folders.ts';
import type { BasePath } from './base-folders.ts';
import type { ImageBase } from './base.ts';
import { imageError } from './errors.ts';
import type { FileSource } from './folder-files.ts';
import { makeConfig } from './image-config.ts';
import { collectFiles, makeLastLayer, refuseCrossings } from './last-layer.ts';
import type { LastLayer } from './last-layer.ts';
import { packageBlob, readPrefix } from './package-blob.ts';
import { describePackage } from './plan.ts';
import type { ImagePlan, PlannedPackage } from './plan.ts';
import type { ImageDefinition } from './rules.ts';

export interface AssembleOptions {
  readonly plan: ImagePlan;
  /** The mirror that the plan's entries are of. */
  readonly store: ObjectStore;
  readonly definition: Pick<ImageDefinition, 'files' | 'config'>;
  /** Where `files` are read; not needed without them. */
  readonly files?: FileSource;
  /** As `openBase` gives it; without one the image begins with nothing. */
  readonly base?: ImageBase | undefined;
  /** SHA-256 of the lock's bytes, hexadecimal. */
  readonly lockDigest: string;
  /** SHA of the commit that the image is made of. */
  readonly commit?: string;
  /** URL of the stack's repository. */
  readonly source?: string;
  /** Time in the image; the epoch unless given, so that the same content has the same digest. */
  readonly created?: Date;
}

interface Layer {
  readonly blob: Blob;
  readonly diffId: string;
  readonly createdBy: string;
}

/**
 * Makes an image without unpacking or packing anything but its last, small layer: the base's layers, each package's
 * tarball as it is, the files. The same entries, files and base give the same digest. Nothing is published.
 */
export async function assembleImage(options: AssembleOptions): Promise<Image> {
  const { plan, base } = options;
  const packages = await Promise.all(plan.packages.map((one) => packageLayer(options.store, one)));
  const prefixes = await readPrefixes(options.store, plan);
  const last = await lastLayer(options, [...prefixes.values()]);
  const layers = [
    ...packages,
    ...(last === undefined ? [] : [{ ...last, createdBy: 'slipway: files and parent folders' }]),
  ];
  const roots = plan.packages.filter(({ isRoot }) => isRoot).map(({ node }) => `${prefixes.get(node.hash)}/bin`);
  const config = makeConfig({
    architecture: plan.architecture,
    created: timeText(options.created ?? new Date(0)),
    base: base?.image,
    settings: options.definition.config,
    binFolders: roots,
    labels: labelsOf(options),
    added: layers,
  });
  const configBlob = bytesBlob(jsonBytes(config), mediaTypes.config);
  const blobs = [configBlob, ...baseLayers(base), ...layers.map(({ blob }) => blob)];
  return { manifest: makeManifest(blobs, annotationsOf(options)), config, blobs };
}

function makeManifest(blobs: readonly Blob[], annotations: Readonly<Record<string, string>>): Image['manifest'] {
  const [config, ...layers] = blobs.map(({ descriptor }) => descriptor);
  const bytes = jsonBytes({ schemaVersion: 2, mediaType: mediaTypes.manifest, config, layers, annotations });
  return { bytes, descriptor: { mediaType: mediaTypes.manifest, digest: digestOf(bytes), size: bytes.length } };
}

async function packageLayer(store: ObjectStore, planned: PlannedPackage): Promise<Layer> {
  const blob = packageBlob(store, planned);
  const diffId = planned.tarball.diffId ?? (await diffIdOf(blob));
  return { blob, diffId, createdBy: `slipway: ${describePackage(planned.node)}` };
}

async function readPrefixes(store: ObjectStore, plan: ImagePlan): Promise<ReadonlyMap<string, string>> {
  const prefixes = new Map<string, string>();
  for (const planned of plan.packages) prefixes.set(planned.node.hash, await readPrefix(store, planned));
  return prefixes;
}

async function lastLayer(options: AssembleOptions, prefixes: readonly string[]): Promise<LastLayer | undefined> {
  const { definition, base, files: source = async () => [] } = options;
  const files = await collectFiles(definition.files, source);
  const packagePaths = prefixes.map((prefix) => prefix.slice(1));
  const parents = new Set(packagePaths.flatMap(parentsOf));
  const filePaths = files.map(({ path }) => path);
  const wanted = new Set([...parents, ...filePaths, ...filePaths.flatMap(parentsOf)]);
  const there = base === undefined ? new Map<string, BasePath>() : await readBasePaths(layersOf(base.image), wanted);
  refuseCrossings([...packagePaths, ...filePaths], there);
  const covered = filePaths.find((path) => there.get(path)?.kind === 'folder');
  if (covered !== undefined)
    throw imageError('IMAGE_FILE_REFUSED', { path: `/${covered}`, reason: 'the base image has a folder there' });
  return makeLastLayer(files, parents, there);
}

/** The base's layers under OCI's media types: the bytes are the same, and some tools refuse to mix Docker's with OCI's. */
function baseLayers(base: ImageBase | undefined): readonly Blob[] {
  const layers = base === undefined ? [] : layersOf(base.image);
  return layers.map((layer) => {
    const { digest, size, mediaType } = layer.descriptor;
    const compression = layerCompression(mediaType);
    if (compression === undefined) {
      throw imageError('IMAGE_BASE_INVALID', {
        base: base?.reference,
        reason: `layer ${digest} has media type \`${mediaType}\``,
      });
    }
    const type = { none: mediaTypes.layerTar, gzip: mediaTypes.layerGzip, zstd: mediaTypes.layerZstd }[compression];
    const descriptor: Descriptor = { mediaType: type, digest, size };
    return { ...layer, descriptor };
  });
}

function labelsOf({ lockDigest, commit, source }: AssembleOptions): Readonly<Record<string, string>> {
  return {
    'io.slipway.lock': `sha256:${lockDigest}`,
    ...(commit === undefined ? {} : { 'org.opencontainers.image.revision': commit }),
    ...(source === undefined ? {} : { 'org.opencontainers.image.source': source }),
  };
}

function annotationsOf(options: AssembleOptions): Readonly<Record<string, string>> {
  const { base } = options;
  const named: Record<string, string> =
    base === undefined
      ? {}
      : { 'org.opencontainers.image.base.name': base.reference, 'org.opencontainers.image.base.digest': base.digest };
  return {
    ...labelsOf(options),
    'org.opencontainers.image.created': timeText(options.created ?? new Date(0)),
    ...named,
  };
}

/** RFC 3339, whole seconds. */
function timeText(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z');
}
