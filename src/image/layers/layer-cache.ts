import { randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import * as z from 'zod';
import { atomicWrite, closingFile, digestStream, ifExists, parseJson, sha256 } from '../../kit/index.ts';
import { BlockGzip } from '../../mirror/index.ts';
import { Digest, hexOf, mediaTypes, verifiedStream, zstdCompressed, type Blob } from '../../oci/index.ts';
import { touch } from '../work-folder.ts';

export type Compression = 'gzip' | 'zstd' | 'none';

/** A layer that was made here, not taken from the mirror as it is. */
interface MadeLayer {
  readonly blob: Blob;
  readonly diffId: string;
}

interface LayerRecipe {
  /** All that the layer's bytes follow from: the same text, the same layer. */
  readonly key: string;
  readonly compression: Compression;
  /** The uncompressed tar, whole. Called only if the layer is not there yet. */
  readonly tar: () => AsyncIterable<Uint8Array>;
}

/** Makes layers once. Calls may overlap, also from several processes: what they make of one recipe is the same. */
export type LayerMaker = (recipe: LayerRecipe) => Promise<MadeLayer>;

const Kept = z.object({ digest: Digest, size: z.int(), diffId: Digest });
type Kept = z.infer<typeof Kept>;

/** Changes with how layers are written, so that those of an older program are not taken for ours. */
const VERSION = 'v2';

const types = { gzip: mediaTypes.layerGzip, zstd: mediaTypes.layerZstd, none: mediaTypes.layerTar } as const;

/** Keeps what it makes in a folder, by what it was made from. The folder may be removed at any time between builds. */
export function layerMaker(folder: string): LayerMaker {
  const underWay = new Map<string, Promise<MadeLayer>>();
  return (recipe) => {
    const name = `${sha256(`${VERSION} ${recipe.compression}\n${recipe.key}`)}.json`;
    const layer = underWay.get(name) ?? makeLayer(folder, name, recipe).finally(() => underWay.delete(name));
    underWay.set(name, layer);
    return layer;
  };
}

async function makeLayer(folder: string, name: string, recipe: LayerRecipe): Promise<MadeLayer> {
  const record = join(folder, name);
  const known = await readKept(record);
  if (known !== undefined && (await isUsable(folder, name, known))) return layerOf(folder, known, recipe.compression);
  const kept = await writeLayer(folder, recipe);
  await atomicWrite(record, JSON.stringify(kept));
  return layerOf(folder, kept, recipe.compression);
}

async function writeLayer(folder: string, { tar, compression }: LayerRecipe): Promise<Kept> {
  await mkdir(folder, { recursive: true });
  const partial = join(folder, `partial-${randomBytes(8).toString('hex')}`);
  const [plain, stored] = [digestStream(), digestStream()];
  const file = createWriteStream(partial, { flags: 'wx' });
  try {
    await closingFile(file, () => {
      if (compression === 'zstd') return pipeline(tar(), plain, zstdCompressed, stored, file);
      return pipeline(tar(), plain, compression === 'gzip' ? new BlockGzip() : new PassThrough(), stored, file);
    });
    const { sha256: hex, size } = stored.result();
    await rename(partial, join(folder, hex));
    return { digest: `sha256:${hex}`, size, diffId: `sha256:${plain.result().sha256}` };
  } finally {
    await rm(partial, { force: true });
  }
}

function layerOf(folder: string, { digest, size, diffId }: Kept, compression: Compression): MadeLayer {
  const descriptor = { mediaType: types[compression], digest, size };
  const file = join(folder, hexOf(digest));
  const open = async () => {
    const verified = verifiedStream(descriptor, folder);
    // The reader sees an error of either stream on `verified`.
    pipeline(createReadStream(file), verified).catch(() => undefined);
    return verified;
  };
  return { diffId, blob: { descriptor, file, open } };
}

/** A record that was damaged is no failure: the layer is made again. */
async function readKept(file: string): Promise<Kept | undefined> {
  return Kept.safeParse(parseJson((await ifExists(readFile(file, 'utf8'))) ?? '')).data;
}

/** Sets the file's time first: a file that exists afterwards is in use and is not removed (`WorkFolder`). */
async function isUsable(folder: string, name: string, { digest, size }: Kept): Promise<boolean> {
  const file = join(folder, hexOf(digest));
  for (const one of [join(folder, name), file]) await touch(one);
  return (await ifExists(stat(file)))?.size === size;
}
