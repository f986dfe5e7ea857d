import { buffer } from 'node:stream/consumers';
import { sha256 } from '../../kit/index.ts';
import { bytesBlob, diffIdOf, hexOf, mediaTypes, type Descriptor, type RegistryRepository } from '../../oci/index.ts';
import {
  buildcacheMediaTypes,
  closure,
  formatManifest,
  manifestKey,
  pythonJson,
  readSpecFile,
  specMediaType,
  topologicalOrder,
  type BlobRecord,
  type SpecFile,
  type SpecNode,
} from '../../spack/index.ts';
import { gzip } from '../archive/gzip.ts';
import { blobRecord } from '../entries/put.ts';
import { packageTag } from './object-tags.ts';
import { annotations, putTagged, readTagged, type TaggedManifest } from './tagged-object.ts';

interface Layer {
  readonly descriptor: Descriptor;
  readonly diffId: string;
}

/**
 * Writes a package as Spack does into a registry: an image of its run-time closure, dependencies first, whose
 * configuration holds the spec. The build cache's manifest, for which Spack has no field, is an annotation of it, so
 * that signatures are kept. Dependencies that are not there have no layer, as with Spack.
 */
export async function writePackageImage(
  repository: RegistryRepository,
  entry: { spec: SpecFile; tarball: BlobRecord; text: string },
): Promise<void> {
  const { spec, tarball, text } = entry;
  const [node] = spec.nodes;
  const descriptor = {
    mediaType: mediaTypes.layerGzip,
    digest: `sha256:${tarball.checksum}`,
    size: tarball.contentLength,
  };
  const open = () => repository.openBlob(descriptor);
  const own: Layer = { descriptor, diffId: tarball.diffId ?? (await diffIdOf({ descriptor, open })) };
  const layers = [...(await dependencyLayers(repository, spec)), own];
  const config = bytesBlob(Buffer.from(configText(spec, { layers, tarball })), mediaTypes.config);
  if (!(await repository.hasBlob(config.descriptor))) await repository.putBlob(config);
  await putTagged(repository, packageTag(node), {
    config: config.descriptor,
    layers: layers.map(({ descriptor }) => descriptor),
    annotations: {
      'org.opencontainers.image.description': `${node.name}@${node.version}/${node.hash}`,
      [annotations.key]: manifestKey(node),
      [annotations.manifest]: text,
    },
  });
}

/**
 * Returns what a package's image is in a build cache: the manifest's text, and the spec blob of an image that Spack
 * wrote.
 */
export async function readPackageImage(
  repository: RegistryRepository,
  manifest: TaggedManifest,
): Promise<{ key: string; text: string; specBlob?: Buffer } | undefined> {
  const { [annotations.key]: key, [annotations.manifest]: text } = manifest.annotations ?? {};
  if (key !== undefined && text !== undefined) return { key, text };
  const config = await readConfig(repository, manifest);
  const tarball = manifest.layers.at(-1);
  if (config.spec === undefined || tarball === undefined) return undefined;
  // Spack 1.2 counts the layout of mirrors here, of which 3 has the tarballs of 2.
  const { buildcache_layout_version: layout = 2 } = config;
  const spec = pythonJson({ spec: config.spec, buildcache_layout_version: layout === 3 ? 2 : layout });
  const document = readSpecFile(spec);
  const specBlob = gzip(spec);
  const diffId = config.rootfs?.diff_ids.at(-1);
  const data = [
    { ...blobRecord(buildcacheMediaTypes.tarball, { sha256: hexOf(tarball.digest), size: tarball.size }), diffId },
    blobRecord(specMediaType(document.version), { sha256: sha256(specBlob), size: specBlob.length }),
  ];
  return { key: manifestKey(document.nodes[0]), text: formatManifest({ version: 3, data }), specBlob };
}

interface Config {
  readonly spec?: unknown;
  readonly buildcache_layout_version?: number;
  readonly rootfs?: { readonly diff_ids: readonly string[] };
}

async function readConfig(repository: RegistryRepository, { config }: TaggedManifest): Promise<Config> {
  return JSON.parse((await buffer(await repository.openBlob(config))).toString()) as Config;
}

async function dependencyLayers(repository: RegistryRepository, spec: SpecFile): Promise<readonly Layer[]> {
  const graph = { nodes: new Map(spec.nodes.map((node) => [node.hash, node])) };
  const [root] = spec.nodes;
  const needed = closure(graph, [root.hash], ['link', 'run']);
  const order = topologicalOrder(graph, needed).filter((node) => node !== root && node.external === undefined);
  const layers = await Promise.all(order.map((node) => layerOf(repository, node)));
  return layers.filter((layer) => layer !== undefined);
}

async function layerOf(repository: RegistryRepository, node: SpecNode): Promise<Layer | undefined> {
  const manifest = (await readTagged(repository, packageTag(node)))?.manifest;
  const descriptor = manifest?.layers.at(-1);
  if (manifest === undefined || descriptor === undefined) return undefined;
  const diffId = (await readConfig(repository, manifest)).rootfs?.diff_ids.at(-1);
  return diffId === undefined ? undefined : { descriptor, diffId };
}

function configText(spec: SpecFile, { layers, tarball }: { layers: readonly Layer[]; tarball: BlobRecord }): string {
  const [node] = spec.nodes;
  return pythonJson({
    architecture: goArchitecture(node),
    os: 'linux',
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
    config: { Env: ['PATH=/bin:/usr/bin'] },
    spec: { _meta: { version: spec.version }, nodes: spec.nodes },
    buildcache_layout_version: 2,
    binary_cache_checksum: { hash_algorithm: 'sha256', hash: tarball.checksum },
  });
}

/** The target's family by Go's name; targets of x86 are many, those of Arm begin with the family or a maker's name. */
function goArchitecture({ arch: { target } }: SpecNode): string {
  const name = typeof target === 'string' ? target : target.name;
  if (/^(aarch64|armv[89]|neoverse|a64fx|thunderx|graviton|cortex|m[1-9]$|kunpeng)/.test(name)) return 'arm64';
  if (/^(ppc64le|power[89]le|power1\dle)/.test(name)) return 'ppc64le';
  return 'amd64';
}
