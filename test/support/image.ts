import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { bytesBlob, digestOf, jsonBytes, mediaTypes, type Blob, type Image } from '../../src/oci/index.ts';

/** An entry of a test's tar: a file's content, a folder, or a link. */
export interface TarEntry {
  readonly name: string;
  readonly text?: string;
  readonly type?: 'file' | 'directory' | 'symlink' | 'link' | 'character-device';
  readonly linkname?: string;
  readonly mode?: number;
  readonly uid?: number;
}

export async function tarOf(entries: readonly TarEntry[]): Promise<Buffer> {
  const archive = pack();
  for (const { text, ...header } of entries) archive.entry({ mtime: new Date(0), ...header }, text ?? '');
  archive.finalize();
  return buffer(archive);
}

export interface TestImageOptions {
  readonly architecture?: string;
  readonly variant?: string;
  readonly config?: Record<string, unknown>;
  readonly docker?: boolean;
}

/** A small image whose layers hold these entries. */
export async function testImage(
  layers: readonly (readonly TarEntry[])[],
  options: TestImageOptions = {},
): Promise<Image> {
  const tars = await Promise.all(layers.map(tarOf));
  const layerType = options.docker === true ? mediaTypes.dockerLayerGzip : mediaTypes.layerGzip;
  const config = {
    architecture: options.architecture ?? 'amd64',
    os: 'linux',
    ...(options.variant === undefined ? {} : { variant: options.variant }),
    config: options.config ?? {},
    rootfs: { type: 'layers' as const, diff_ids: tars.map(digestOf) },
  };
  const configType = options.docker === true ? mediaTypes.dockerConfig : mediaTypes.config;
  return imageOf(
    [bytesBlob(jsonBytes(config), configType), ...tars.map((tar) => bytesBlob(gzipSync(tar), layerType))],
    config,
  );
}

/** An image of these blobs, the configuration first. */
export function imageOf(blobs: readonly Blob[], config: Image['config']): Image {
  const [first, ...layers] = blobs.map(({ descriptor }) => descriptor);
  const mediaType = first?.mediaType === mediaTypes.dockerConfig ? mediaTypes.dockerManifest : mediaTypes.manifest;
  const bytes = jsonBytes({ schemaVersion: 2, mediaType, config: first, layers });
  return { manifest: { bytes, descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length } }, config, blobs };
}
