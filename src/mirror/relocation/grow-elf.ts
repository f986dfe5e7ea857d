import { hasCode, runProgram } from '../../kit/index.ts';
import type { GrowElf } from './relocate-prefix.ts';

/** Lengthens the paths of an ELF file with `patchelf`, which can move its sections: Spack uses the same program. */
export const growElf: GrowElf = async (path, { runPath, interpreter }) => {
  const words = [
    ...(runPath === undefined ? [] : ['--set-rpath', runPath]),
    ...(interpreter === undefined ? [] : ['--set-interpreter', interpreter]),
  ];
  await runProgram('patchelf', [...words, path], { env: 'inherited' }).catch((error: unknown) => {
    if (!hasCode(error, 'ENOENT')) throw error;
    throw new Error('its search path or interpreter grows, and there is no `patchelf` on PATH', { cause: error });
  });
};
