import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ObjectStore } from '../../mirror/index.ts';
import type { ImageDefinition, MirrorPart } from '../definition.ts';
import type { FileSource } from '../folder-files.ts';
import type { LayerMaker } from '../layers/layer-cache.ts';
import { commonEntries, mirrorLayer } from '../layers/mirror-layers.ts';
import type { LayerEntry } from '../layers/layer-tar.ts';
import type { ImageLayer } from '../layers/package-layers.ts';
import type { ImagePlan } from '../plan.ts';
import { stackRecipes } from './stack-recipes.ts';
import { mirrorTree, type MirrorTree, type MirrorTreeOptions } from './mirror-tree.ts';

interface MirrorPartOptions {
  readonly plan: ImagePlan;
  readonly store: ObjectStore;
  readonly definition: Pick<ImageDefinition, 'mirror' | 'compression'>;
  readonly work: string;
  readonly mirror?: Pick<MirrorTreeOptions, 'read' | 'sign'>;
  readonly environment?: string;
  readonly environmentFolder?: string;
  readonly files?: FileSource;
}

/** The build cache in the image: layers of its packages, and what it has beside them. */
export async function mirrorPart(
  options: MirrorPartOptions,
  make: LayerMaker,
): Promise<{ layers: readonly ImageLayer[]; entries: readonly LayerEntry[] }> {
  const { plan, store, definition, work, mirror = { read: { requireSignature: false } } } = options;
  if (plan.mirrorLayers.length === 0) return { layers: [], entries: [] };
  const { path, layout, configuration } = definition.mirror;
  await mkdir(work, { recursive: true });
  const folder = await mkdtemp(join(work, 'mirror-'));
  try {
    const ids = plan.mirrorLayers.flatMap(({ packages }) => packages.map(({ node }) => node));
    const tree = await mirrorTree({ ...mirror, store, ids, layout, folder });
    const compression = definition.compression === 'stored' ? 'none' : definition.compression;
    const layers: ImageLayer[] = [];
    for (const layer of plan.mirrorLayers) layers.push(await mirrorLayer(layer, { tree, make, compression, path }));
    const { environment, environmentFolder, files } = options;
    const stack = { environment, folder: environmentFolder, files };
    const recipes = await stackRecipes({ ...stack, lock: plan.lock, mirror: definition.mirror });
    const entries = [...(await commonEntries(tree, path)), ...mirrorEntries(tree, { path, configuration }), ...recipes];
    return { layers, entries };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The files that make Spack use the build cache: its keys, and a configuration that names it. */
function mirrorEntries(
  { publicKeys }: MirrorTree,
  { path, configuration }: Pick<MirrorPart, 'path' | 'configuration'>,
): readonly LayerEntry[] {
  const file = (at: string, content: string): LayerEntry => ({ kind: 'file', path: at.slice(1), content });
  const isSigned = publicKeys !== '';
  const mirrors = { image: { url: `file://${path}`, signed: isSigned } };
  return [
    ...(isSigned ? [file(`${path}/public.key`, publicKeys)] : []),
    // JSON is YAML.
    ...(configuration === false ? [] : [file(configuration, `${JSON.stringify({ mirrors }, null, 2)}\n`)]),
  ];
}
