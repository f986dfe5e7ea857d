import { execa } from 'execa';
import type { GrowElf } from '../mirror/index.ts';

/** Paths that grow need a program that can move sections about: Spack uses the same. */
export const growElf: GrowElf = async (path, { runPath, interpreter }) => {
  const words = [
    ...(runPath === undefined ? [] : ['--set-rpath', runPath]),
    ...(interpreter === undefined ? [] : ['--set-interpreter', interpreter]),
  ];
  await execa('patchelf', [...words, path]).catch((error: unknown) => {
    if ((error as { code?: unknown }).code !== 'ENOENT') throw error;
    throw new Error('its search path or interpreter grows, and there is no `patchelf` on PATH', { cause: error });
  });
};
