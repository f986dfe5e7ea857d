import { buffer } from 'node:stream/consumers';
import { mediaTypes, type Descriptor } from './descriptor.ts';
import { ociError } from './errors.ts';
import { bytesBlob, manifestOf, parseDocument, type Blob, type ImageSource, type ManifestBytes } from './image.ts';
import { ImageManifest } from './image-model.ts';

/** A manifest that describes an image without being one, with its layers. */
export interface Artifact {
  readonly manifest: ManifestBytes;
  /** The configuration, then the layers. */
  readonly blobs: readonly Blob[];
}

interface ArtifactContent {
  /** What it is: a media type such as `application/spdx+json`. */
  readonly artifactType: string;
  /** The manifest that it is about. */
  readonly subject: Descriptor;
  readonly layers: readonly Blob[];
  /** By default the empty configuration, `{}`. */
  readonly config?: Blob;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** The most bytes of one layer of an artifact that are held in memory. */
const MAX_LAYER = 256 * 1024 * 1024;

const emptyConfig: Blob = bytesBlob(Buffer.from('{}'), mediaTypes.empty);

/** OCI image-spec, "Guidelines for Artifact Usage". The same content gives the same digest. */
export function makeArtifact(content: ArtifactContent): Artifact {
  const { artifactType, subject, layers, config = emptyConfig, annotations } = content;
  const manifest = manifestOf({
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    artifactType,
    config: config.descriptor,
    layers: layers.map(({ descriptor }) => descriptor),
    subject: { mediaType: subject.mediaType, digest: subject.digest, size: subject.size },
    annotations,
  });
  return { manifest, blobs: [config, ...layers] };
}

/** One layer of an artifact, read whole and checked. */
export interface ArtifactLayer {
  readonly descriptor: Descriptor;
  readonly bytes: Buffer;
}

/** Reads an artifact with all its layers; undefined if there is no manifest of this tag or digest. */
export async function readArtifact(
  source: ImageSource,
  reference: string,
): Promise<{ manifest: ImageManifest; descriptor: Descriptor; layers: readonly ArtifactLayer[] } | undefined> {
  const found = await source.readManifest(reference);
  if (found === undefined) return undefined;
  const about = { what: 'Manifest', digest: found.descriptor.digest, location: source.location };
  const manifest = parseDocument(ImageManifest, found.bytes, about);
  const layers: ArtifactLayer[] = [];
  for (const layer of manifest.layers) {
    if (layer.size > MAX_LAYER)
      throw ociError('OCI_DOCUMENT_INVALID', { ...about, reason: `layer ${layer.digest} has ${layer.size} bytes` });
    layers.push({ descriptor: layer, bytes: await buffer(await source.openBlob(layer)) });
  }
  return { manifest, descriptor: found.descriptor, layers };
}
