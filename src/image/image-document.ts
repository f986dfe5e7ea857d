import {
  bytesBlob,
  jsonBytes,
  layerCompression,
  layersOf,
  manifestOf,
  mediaTypes,
  type Blob,
  type Image,
  type ImageConfig,
  type ManifestBytes,
} from '../oci/index.ts';
import type { EnvironmentChange } from '../spack/index.ts';
import type { ImageBase } from './base.ts';
import type { ImageDefinition } from './definition.ts';
import { imageError } from './errors.ts';
import { makeConfig } from './image-config.ts';
import { baseAnnotations } from './publish/named-base.ts';
import type { ImageLayer } from './layers/package-layers.ts';
import type { ImagePlan } from './plan.ts';

interface DocumentParts {
  readonly definition: Pick<ImageDefinition, 'config' | 'format'>;
  readonly plan: Pick<ImagePlan, 'architecture' | 'variant'>;
  readonly base?: ImageBase;
  readonly layers: readonly ImageLayer[];
  readonly changes: readonly EnvironmentChange[];
  readonly lockDigest: string;
  readonly commit?: string;
  readonly source?: string;
  readonly created?: Date;
}

type Format = 'oci' | 'docker';
type Labels = Readonly<Record<string, string | undefined>>;

/** Docker's own settings, for which OCI's configuration has no place: some tools drop them from OCI images. */
const DOCKER_ONLY = ['Healthcheck', 'OnBuild', 'Shell'];

/** Writes configuration and manifest over the layers. */
export function putTogether(parts: DocumentParts): Image {
  const { base, layers, plan, definition, changes } = parts;
  const created = timeText(parts.created ?? new Date(0));
  const labels = labelsOf(parts);
  const made = makeConfig({
    ...plan,
    created,
    base: base?.image,
    settings: definition.config,
    changes,
    labels,
    added: layers,
  });
  const all = [...(base === undefined ? [] : layersOf(base.image)), ...layers.map(({ blob }) => blob)];
  const format = formatOf(definition.format, { base, config: made, layers: all });
  const baseNames = baseAnnotations(base);
  // Docker's manifest has no annotations.
  const config = format === 'docker' ? withLabels(made, baseNames) : made;
  const configType = format === 'docker' ? mediaTypes.dockerConfig : mediaTypes.config;
  const blobs = [bytesBlob(jsonBytes(config), configType), ...all.map((layer) => typed(layer, format, base))];
  const annotations = {
    ...labels,
    'org.opencontainers.image.created': created,
    ...baseNames,
  };
  return { manifest: makeManifest(blobs, format, annotations), config, blobs };
}

function withLabels(config: ImageConfig, labels: Readonly<Record<string, string>>): ImageConfig {
  return { ...config, config: { ...config.config, Labels: { ...config.config?.Labels, ...labels } } };
}

function formatOf(
  requested: ImageDefinition['format'],
  { base, config, layers }: { base: ImageBase | undefined; config: ImageConfig; layers: readonly Blob[] },
): Format {
  if (requested === 'oci') return 'oci';
  const needsDocker = DOCKER_ONLY.some((key) => hasContent((config.config as Record<string, unknown> | null)?.[key]));
  const format = requested === 'docker' || (base !== undefined && needsDocker) ? 'docker' : 'oci';
  const zstd = layers.find(({ descriptor }) => layerCompression(descriptor.mediaType) === 'zstd');
  if (format === 'docker' && zstd !== undefined)
    throw imageError('IMAGE_FORMAT_UNFIT', { what: `layer ${zstd.descriptor.digest} is compressed with zstd` });
  return format;
}

function hasContent(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== null;
}

/** A layer under the format's media type: the bytes are the same, and some tools refuse to mix Docker's with OCI's. */
function typed(layer: Blob, format: Format, base: ImageBase | undefined): Blob {
  const { mediaType } = layer.descriptor;
  const compression = layerCompression(mediaType);
  if (compression === undefined) {
    const reason = `layer ${layer.descriptor.digest} has media type \`${mediaType}\``;
    throw imageError('IMAGE_BASE_INVALID', { base: base?.reference, reason });
  }
  const oci = { none: mediaTypes.layerTar, gzip: mediaTypes.layerGzip, zstd: mediaTypes.layerZstd };
  const docker = { ...oci, none: mediaTypes.dockerLayerTar, gzip: mediaTypes.dockerLayerGzip };
  const { digest, size, annotations } = layer.descriptor;
  const kept = format === 'docker' ? undefined : annotations;
  return {
    ...layer,
    descriptor: {
      mediaType: (format === 'docker' ? docker : oci)[compression],
      digest,
      size,
      annotations: kept,
    },
  };
}

function makeManifest(blobs: readonly Blob[], format: Format, annotations: Labels): ManifestBytes {
  const [config, ...layers] = blobs.map(({ descriptor }) => descriptor);
  const mediaType = format === 'docker' ? mediaTypes.dockerManifest : mediaTypes.manifest;
  // The labels say the same.
  const kept = format === 'docker' ? undefined : annotations;
  return manifestOf({ schemaVersion: 2, mediaType, config, layers, annotations: kept });
}

function labelsOf({ lockDigest, commit, source }: DocumentParts): Labels {
  return {
    'io.slipway.lock': `sha256:${lockDigest}`,
    'org.opencontainers.image.revision': commit,
    'org.opencontainers.image.source': source,
  };
}

/** RFC 3339, whole seconds. */
export function timeText(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z');
}
