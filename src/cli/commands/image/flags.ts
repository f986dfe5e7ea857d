import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImageLock } from '../../../image/index.ts';
import { readNamedFile } from '../../../kit/index.ts';
import { openImage, type NamedImage } from '../../../oci/index.ts';
import { lockDigest, readLockfile, type Lockfile } from '../../../spack/index.ts';
import type { CommandContext } from '../../command.ts';
import type { JsonFlag, TrustFlags } from '../mirror/flags.ts';

export interface LayerFlags extends TrustFlags, JsonFlag {
  readonly mirror: string;
  readonly history?: readonly string[];
}

export const imageArgument = '`oci:<folder>:<repository>:<tag>` or an image reference such as `ghcr.io/lab/stack:1`';
export const mirrorOption = [
  '--mirror <url>',
  'the mirror with these packages: a folder, file://… or s3://bucket/prefix',
] as const;
export const historyOption = [
  '--history <locks...>',
  'earlier locks of the stack, oldest first: packages that change often get layers of their own',
] as const;
export const unsignedOption = ['--unsigned', 'accept entries without a signature too, for trying things out'] as const;

/** Opens an image that an argument or a flag names. */
export async function imageAt(
  name: string,
  { cwd, env, signal }: CommandContext,
  access: 'pull' | 'push',
): Promise<NamedImage> {
  return openImage(name, { cwd, env, signal, access });
}

export async function readNamedLock(file: string, { cwd }: CommandContext): Promise<Lockfile> {
  return readLockfile(await readNamedFile(file, cwd), file);
}

export async function readHistory({ history = [] }: LayerFlags, context: CommandContext): Promise<readonly Lockfile[]> {
  return Promise.all(history.map((file) => readNamedLock(file, context)));
}

/** Reads the locks of an image, with the views of the environment and the locks of the past. */
export async function readImageLocks(
  { lock: files, folder, ...flags }: LayerFlags & { readonly lock: readonly string[]; readonly folder: string },
  context: CommandContext,
): Promise<readonly ImageLock[]> {
  const { cwd } = context;
  const environment = await readFile(join(folder, 'spack.yaml'), 'utf8').catch(() => undefined);
  const history = await readHistory(flags, context);
  return Promise.all(
    files.map(async (name) => {
      const text = await readNamedFile(name, cwd);
      return { lock: readLockfile(text, name), digest: lockDigest(text), name, environment, history };
    }),
  );
}
