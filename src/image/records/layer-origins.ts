import { layersOf } from '../../oci/index.ts';
import type { Image } from '../../oci/index.ts';

/** Where a layer of an image came from. */
export interface LayerOrigin {
  readonly digest: string;
  /** `packages`: entries of a mirror; `own`: files, views, what we made; `base`: the base image. */
  readonly from: 'packages' | 'own' | 'base';
  /** Of `packages`: `name@version/hash` of each. */
  readonly packages: readonly string[];
}

/** On a layer's descriptor: `name@version/hash` of each package in it, with blanks between. */
const PACKAGES = 'io.slipway.packages';

/**
 * Tells the layers of an image that we made, the lowest first: by their annotations, and in Docker's format, which has
 * none, by the history that the configuration tells.
 */
export function layerOrigins(image: Image): readonly LayerOrigin[] {
  const history = (image.config.history ?? []).filter((one) => one.empty_layer !== true);
  return layersOf(image).map(({ descriptor }, index) => {
    const { digest, annotations } = descriptor;
    const named = annotations?.[PACKAGES];
    if (named !== undefined) return { digest, from: 'packages', packages: named.split(' ') };
    const said = /^slipway: (.*)$/.exec(history[index]?.created_by ?? '')?.[1];
    if (said === undefined) return { digest, from: 'base', packages: [] };
    const packages = said.split(' ').filter((word) => /^[^@/\s]+@[^@/\s]+\/[a-z2-7]{7}$/.test(word));
    return packages.length === 0 ? { digest, from: 'own', packages } : { digest, from: 'packages', packages };
  });
}
