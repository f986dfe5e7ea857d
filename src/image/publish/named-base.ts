import { mediaTypes, type Image } from '../../oci/index.ts';
import { annotationsOf } from './publishable.ts';

/** The base that an image is built on: its reference, and the digest of its manifest for the platform. */
export interface NamedBase {
  readonly reference: string;
  readonly digest: string;
}

const NAME = 'org.opencontainers.image.base.name';
const DIGEST = 'org.opencontainers.image.base.digest';

/** Returns the annotations by which an image names its base: <https://github.com/opencontainers/image-spec>. */
export function baseAnnotations(base: NamedBase | undefined): Readonly<Record<string, string>> {
  return base === undefined ? {} : { [NAME]: base.reference, [DIGEST]: base.digest };
}

/** Returns the base that an image names: in its annotations, or in labels where its format is Docker's. */
export function baseOf(image: Image): NamedBase | undefined {
  const labels = image.manifest.descriptor.mediaType === mediaTypes.dockerManifest ? image.config.config?.Labels : {};
  const { [NAME]: reference, [DIGEST]: digest } = { ...labels, ...annotationsOf(image) };
  return reference === undefined || digest === undefined ? undefined : { reference, digest };
}
