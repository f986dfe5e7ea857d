import { chmod, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { layersOf, type Image } from '../../oci/index.ts';
import { applyLayer, type Unpacking } from './apply-layer.ts';
import { imageError } from '../errors.ts';

interface UnpackLimits {
  readonly entries?: number;
  /** Of all files together. */
  readonly bytes?: number;
}

/**
 * Unpacks an image into a folder that does not exist yet or is empty: all of it, or nothing. Nothing outside the
 * folder is read or written, whatever the layers contain. Files belong to the caller; devices are left out, as are
 * set-user-id bits. Every layer's digest is checked.
 */
export async function unpackImage(image: Image, folder: string, limits: UnpackLimits = {}): Promise<void> {
  const target = resolve(folder);
  const present = await readdir(target).catch(() => []);
  if (present.length > 0) throw imageError('IMAGE_UNPACK_EXISTS', { folder: target });
  const root = `${target}.partial`;
  await rm(root, { recursive: true, force: true });
  await mkdir(root, { recursive: true });
  const left = { entries: limits.entries ?? 2_000_000, bytes: limits.bytes ?? 64 * 2 ** 30 };
  const unpacking: Unpacking = { root, folderModes: new Map(), left };
  try {
    for (const layer of layersOf(image)) await applyLayer(unpacking, layer);
    // The deepest first: a folder that may not be entered must not be in the way.
    for (const [path, mode] of [...unpacking.folderModes].toSorted((a, b) => b[0].length - a[0].length))
      await chmod(path, mode);
    await rm(target, { recursive: true, force: true });
    await rename(root, target);
  } catch (error) {
    await rm(root, { recursive: true, force: true });
    throw error;
  }
}
