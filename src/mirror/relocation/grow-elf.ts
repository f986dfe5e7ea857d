import type { GrowElf } from './relocate-prefix.ts';

/** Lengthens the paths of an ELF file with `patchelf`, which can move its sections: Spack uses the same program. */
export const growElf: GrowElf = async (path, { runPath, interpreter }) => {
  const { execa } = await import('execa');
  const words = [
    ...(runPath === undefined ? [] : ['--set-rpath', runPath]),
    ...(interpreter === undefined ? [] : ['--set-interpreter', interpreter]),
  ];
  await execa('patchelf', [...words, path]).catch((error: unknown) => {
    if ((error as { code?: unknown }).code !== 'ENOENT') throw error;
    throw new Error('its search path or interpreter grows, and there is no `patchelf` on PATH', { cause: error });
  });
};
