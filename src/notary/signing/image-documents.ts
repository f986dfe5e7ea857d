import * as z from 'zod';
import { sha256 } from '../../kit/index.ts';

const Digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);
const Annotations = z.record(z.string(), z.string()).optional();

/** The parts of OCI image-spec and Docker's schema 2 that describe the layers of an image. */
const Manifest = z.object({
  config: z.object({ digest: Digest }),
  layers: z.array(z.object({ digest: Digest, annotations: Annotations })),
  annotations: Annotations,
});
const Index = z.object({ manifests: z.array(z.object({ digest: Digest })).min(1) });
const Config = z.object({
  config: z.object({ Labels: Annotations.nullable() }).nullish(),
  rootfs: z.object({ diff_ids: z.array(Digest) }),
  history: z.array(z.object({ created_by: z.string().optional(), empty_layer: z.boolean().optional() })).optional(),
});

export interface DescribedLayer {
  readonly digest: string;
  /** Digest of the uncompressed tar. */
  readonly diffId: string;
  readonly from: 'packages' | 'cache' | 'own' | 'base';
  /** Of `packages` and `cache`: `name@version/hash` of each; Docker's format has only the hash's first seven digits. */
  readonly packages: readonly string[];
  readonly isRelocated: boolean;
}

export interface DescribedImage {
  readonly layers: readonly DescribedLayer[];
  /** Of the manifest; in Docker's format, which has none, the labels. */
  readonly annotations: Readonly<Record<string, string>>;
}

/**
 * Reads the image with this digest, or the images of the index with this digest, from the texts that came with a
 * request. Each text is found by its own digest only. Throws an Error with the first fault.
 */
export function readImageDocuments(digest: string, documents: readonly string[]): readonly DescribedImage[] {
  const byDigest = new Map(documents.map((text) => [`sha256:${sha256(text)}`, text]));
  const read = (one: string): unknown => {
    const text = byDigest.get(one);
    if (text === undefined) throw new Error(`the request does not include \`${one}\``);
    return JSON.parse(text);
  };
  const index = Index.safeParse(read(digest));
  const digests = index.success ? index.data.manifests.map((one) => one.digest) : [digest];
  return digests.map((one) => {
    const manifest = Manifest.parse(read(one));
    const config = Config.parse(read(manifest.config.digest));
    const { annotations = config.config?.Labels ?? {} } = manifest;
    return { layers: describeLayers(manifest, config), annotations };
  });
}

function describeLayers(
  { layers }: z.infer<typeof Manifest>,
  { rootfs, history = [] }: z.infer<typeof Config>,
): readonly DescribedLayer[] {
  if (rootfs.diff_ids.length !== layers.length) throw new Error('the configuration names another number of layers');
  const lines = history.filter((one) => one.empty_layer !== true);
  return layers.map(({ digest, annotations = {} }, position) => ({
    digest,
    diffId: rootfs.diff_ids[position] ?? '',
    isRelocated: annotations['io.slipway.relocated'] === 'true',
    ...originOf(annotations, lines[position]?.created_by ?? ''),
  }));
}

/** As the images' own code writes it: annotations, and for Docker's format, which has none, the history. */
function originOf(
  annotations: Readonly<Record<string, string>>,
  line: string,
): Pick<DescribedLayer, 'from' | 'packages'> {
  const { 'io.slipway.packages': packages, 'io.slipway.mirror': mirror } = annotations;
  if (packages !== undefined) return { from: 'packages', packages: packages.split(' ') };
  if (mirror !== undefined) return { from: 'cache', packages: mirror.split(' ') };
  const content = /^slipway: (.*)$/.exec(line)?.[1];
  if (content === undefined) return { from: 'base', packages: [] };
  const named = content.split(' ').filter((word) => /^[^@/\s]+@[^@/\s]+\/[a-z2-7]{7}$/.test(word));
  if (named.length === 0) return { from: 'own', packages: [] };
  return { from: content.startsWith('build cache of') ? 'cache' : 'packages', packages: named };
}
