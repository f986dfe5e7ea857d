import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { digestStream, messageOf, SlipwayError } from '../kit/index.ts';
import { layerDecompressor } from './decompress.ts';
import { digestOf, mediaTypes } from './descriptor.ts';
import type { Blob, Image } from './image.ts';
import { ImageManifest, layerCompression } from './image-model.ts';

/** A fault of an image. An image without findings is whole and consistent. */
export interface ImageFinding {
  /** An error code, or one of the kinds below. */
  readonly kind: string;
  /** `manifest`, `config`, `layer 3`. */
  readonly where: string;
  readonly message: string;
}

/** Walks manifest, configuration and layers: media types, sizes, digests, and every `diff_id` by unpacking. */
export async function validateImage(image: Image): Promise<readonly ImageFinding[]> {
  const findings = [...checkManifest(image), ...checkConfig(image)];
  for (const [index, layer] of layersOf(image).entries()) findings.push(...(await checkLayer(image, layer, index)));
  return findings;
}

/** The layers of an image, the lowest first. */
export function layersOf(image: Image): readonly Blob[] {
  return image.blobs.slice(1);
}

function checkManifest({ manifest }: Image): readonly ImageFinding[] {
  const where = 'manifest';
  const findings: ImageFinding[] = [];
  const { descriptor, bytes } = manifest;
  if (digestOf(bytes) !== descriptor.digest)
    findings.push({ kind: 'digest', where, message: `its bytes have ${digestOf(bytes)}` });
  if (bytes.length !== descriptor.size)
    findings.push({ kind: 'size', where, message: `it has ${bytes.length} bytes, not ${descriptor.size}` });
  const parsed = ImageManifest.safeParse(JSON.parse(bytes.toString('utf8')));
  if (!parsed.success) return [...findings, { kind: 'schema', where, message: 'it is no image manifest' }];
  const { mediaType = descriptor.mediaType, config } = parsed.data;
  if (mediaType !== descriptor.mediaType)
    findings.push({
      kind: 'media-type',
      where,
      message: `its media type is ${mediaType}, in its descriptor ${descriptor.mediaType}`,
    });
  if (config.mediaType !== mediaTypes.config && config.mediaType !== mediaTypes.dockerConfig) {
    findings.push({
      kind: 'media-type',
      where: 'config',
      message: `media type \`${config.mediaType}\` is not a configuration's`,
    });
  }
  return findings;
}

function checkConfig(image: Image): readonly ImageFinding[] {
  const where = 'config';
  const layers = layersOf(image).length;
  const diffIds = image.config.rootfs.diff_ids.length;
  const findings: ImageFinding[] = [];
  if (layers !== diffIds)
    findings.push({ kind: 'diff-ids', where, message: `it has ${diffIds} diff_ids for ${layers} layers` });
  const { history } = image.config;
  const recorded = history?.filter((one) => one.empty_layer !== true).length ?? 0;
  if (recorded > 0 && recorded !== layers)
    findings.push({ kind: 'history', where, message: `its history has ${recorded} layers, there are ${layers}` });
  return findings;
}

async function checkLayer(image: Image, layer: Blob, index: number): Promise<readonly ImageFinding[]> {
  const where = `layer ${index + 1}`;
  const { mediaType } = layer.descriptor;
  if (layerCompression(mediaType) === undefined)
    return [{ kind: 'media-type', where, message: `media type \`${mediaType}\` is not a layer's` }];
  try {
    const diffId = await diffIdOf(layer);
    const expected = image.config.rootfs.diff_ids[index];
    if (diffId === expected) return [];
    return [
      { kind: 'diff-id', where, message: `unpacked it has ${diffId}, in the configuration ${expected ?? 'nothing'}` },
    ];
  } catch (error) {
    const kind = error instanceof SlipwayError ? error.code : 'unreadable';
    return [{ kind, where, message: messageOf(error) }];
  }
}

/** The digest of a layer's uncompressed tar, by reading all of it. */
export async function diffIdOf(layer: Blob): Promise<string> {
  const meter = digestStream();
  const source: Readable = await layer.open();
  await pipeline(source, layerDecompressor(layer.descriptor), meter, async (stream) => {
    for await (const _ of stream);
  });
  return `sha256:${meter.result().sha256}`;
}
