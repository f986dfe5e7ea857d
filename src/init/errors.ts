import { defineErrors } from '../kit/index.ts';

export const initError = defineErrors({
  INIT_NOTHING_FOUND: {
    message: 'Slipway does not recognize a project in {folder}.',
    hint:
      'It looks for `spack.yaml`, a Spack `package.py`, a `.gitlab-ci.yml` that calls `spack ci`, and sources with a ' +
      '`Makefile`, `CMakeLists.txt`, `configure` or `meson.build`. Change to the top folder of the repository.',
    exitCode: 2,
  },
  INIT_KIND_WRONG: {
    message: '`--kind {kind}` needs {missing}, which does not exist in {folder}.',
    hint: 'Add it, or choose another kind: {kinds}.',
    exitCode: 2,
  },
  INIT_UNCONFIRMED: {
    message: 'There is no terminal to ask on. In {folder}, Slipway recognized {found}.',
    hint: 'Add `--yes` to accept that, or choose with `--kind` ({kinds}).',
    exitCode: 2,
  },
  INIT_CANCELED: {
    message: 'Nothing was written.',
    hint: 'Run `slipway init --kind` with one of {kinds} to choose yourself.',
    exitCode: 2,
  },
  INIT_WRITE_FAILED: {
    message: '{path} cannot be written: {reason}. Nothing was written.',
    hint: 'Check the permissions of the folder and the free space.',
    status: 500,
  },
});
