import { layersOf, type Descriptor, type Image } from '../../oci/index.ts';
import { MIRROR_ANNOTATION, PACKAGES_ANNOTATION } from '../layers/package-layers.ts';

/** Where a layer of an image came from. */
interface LayerOrigin {
  readonly descriptor: Descriptor;
  /**
   * `packages`: entries of a mirror, unpacked; `cache`: entries as a build cache; `own`: files, views, what we made;
   * `base`: the base image.
   */
  readonly from: 'packages' | 'cache' | 'own' | 'base';
  /** Of `packages` and `cache`: `name@version/hash` of each. */
  readonly packages: readonly string[];
}

/**
 * Returns the origin of each layer of an image that we made, the lowest first: by the annotations, and in Docker's
 * format, which has none, by the history in the configuration.
 */
export function layerOrigins(image: Image): readonly LayerOrigin[] {
  const history = (image.config.history ?? []).filter((one) => one.empty_layer !== true);
  return layersOf(image).map(({ descriptor }, index) => {
    const { annotations } = descriptor;
    for (const [from, name] of [
      ['packages', PACKAGES_ANNOTATION],
      ['cache', MIRROR_ANNOTATION],
    ] as const) {
      const named = annotations?.[name];
      if (named !== undefined) return { descriptor, from, packages: named.split(' ') };
    }
    const line = /^slipway: (.*)$/.exec(history[index]?.created_by ?? '')?.[1];
    if (line === undefined) return { descriptor, from: 'base', packages: [] };
    const packages = line.split(' ').filter((word) => /^[^@/\s]+@[^@/\s]+\/[a-z2-7]{7}$/.test(word));
    if (packages.length === 0) return { descriptor, from: 'own', packages };
    return { descriptor, from: line.startsWith('build cache of') ? 'cache' : 'packages', packages };
  });
}
