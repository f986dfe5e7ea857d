import type { Image } from '../../oci/index.ts';
import { SYSTEM_PATH, splitVariable } from '../image-config.ts';
import { unpackImage } from '../unpack/unpack-image.ts';
import { findEntrance, type EntranceOptions } from './enter-root.ts';
import { imageUser } from './image-user.ts';

interface OpenOptions extends EntranceOptions {
  /** Where the image is unpacked; it must not exist yet. The caller removes it. */
  readonly folder: string;
}

/** An image whose programs can be run on this machine. */
export interface OpenImage {
  /** Why no sandbox isolates them; undefined where one does. */
  readonly unsandboxed?: string;
  /** Returns the command line that runs a command of the image. */
  words(command: readonly string[]): readonly string[];
}

/**
 * Unpacks an image so that its commands run as in a container: with its files, variables, user and folder, without a
 * network and without anything of this machine.
 */
export async function openImage(image: Image, { folder: root, ...options }: OpenOptions): Promise<OpenImage> {
  const { unsandboxed, words } = await findEntrance(options);
  await unpackImage(image, root);
  const { Env: env, User: name, WorkingDir: folder } = image.config.config ?? {};
  const variables = new Map([['PATH', SYSTEM_PATH], ...(env ?? []).map(splitVariable)]);
  const inside = { root, folder: folder || '/', user: await imageUser(root, name), variables };
  return { unsandboxed, words: (command) => words({ ...inside, words: command }) };
}
