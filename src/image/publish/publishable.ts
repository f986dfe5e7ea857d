import {
  ImageIndex,
  manifestOf,
  mediaTypes,
  readImages,
  type Image,
  type ImageFinding,
  type ImageSource,
  type ManifestBytes,
  type Platform,
} from '../../oci/index.ts';

/** Images for several platforms, and the index that names them. */
export interface ImageSet {
  readonly index: ManifestBytes;
  readonly images: readonly Image[];
}

/** An image or an index of images, to be published under one tag. */
export type Publishable = Image | ImageSet;

export function imagesOf(what: Publishable): readonly Image[] {
  return 'index' in what ? what.images : [what];
}

/** The manifest of the image, or the index. */
export function topOf(what: Publishable): ManifestBytes {
  return 'index' in what ? what.index : what.manifest;
}

export function platformOf({ config: { os, architecture, variant } }: Image): Platform {
  return { os, architecture, variant };
}

/** `linux/arm64/v8` */
export function platformText({ os, architecture, variant }: Platform): string {
  return [os, architecture, ...(variant === undefined ? [] : [variant])].join('/');
}

/** OCI image-spec, "Image Index": one manifest a platform; annotations are those that all images have. */
export function indexImages(images: readonly Image[]): ImageSet {
  const manifests = images.map((image) => ({ ...image.manifest.descriptor, platform: platformOf(image) }));
  const common = commonAnnotations(images);
  const annotations = Object.keys(common).length === 0 ? undefined : common;
  return { index: manifestOf({ schemaVersion: 2, mediaType: mediaTypes.index, manifests, annotations }), images };
}

/** Reads what a tag or digest names: an image, or an index with all of its images. */
export async function readPublished(source: ImageSource, reference: string): Promise<Publishable> {
  const { top, images } = await readImages(source, reference);
  const [only] = images;
  if (only !== undefined && only.manifest.descriptor.digest === top.descriptor.digest) return only;
  return { index: top, images };
}

/** Finds images whose platform in the index differs from their own configuration. */
export function checkPlatforms({ index, images }: ImageSet): readonly ImageFinding[] {
  const { manifests } = ImageIndex.parse(JSON.parse(index.bytes.toString('utf8')));
  return images.flatMap((image, position) => {
    const [own, platform] = [platformText(platformOf(image)), manifests[position]?.platform];
    const named = platform === undefined ? 'no platform' : platformText(platform);
    return named === own ? [] : [{ kind: 'platform', where: own, message: `in the index it is for ${named}` }];
  });
}

/** The lock in an image's label, `sha256:…`, or in its annotation, if a Dockerfile built the image. */
export function lockLabel(image: Image): string | undefined {
  return image.config.config?.Labels?.['io.slipway.lock'] ?? annotationsOf(image)['io.slipway.lock'];
}

/** The annotations of an image's manifest. */
export function annotationsOf({ manifest }: Image): Readonly<Record<string, string>> {
  const { annotations } = JSON.parse(manifest.bytes.toString('utf8')) as { annotations?: Record<string, string> };
  return annotations ?? {};
}

function commonAnnotations(images: readonly Image[]): Readonly<Record<string, string>> {
  const [first = {}, ...others] = images.map(annotationsOf);
  return Object.fromEntries(
    Object.entries(first).filter(([name, value]) => others.every((other) => other[name] === value)),
  );
}
