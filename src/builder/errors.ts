import { defineErrors } from '../kit/index.ts';

export const builderError = defineErrors({
  RECIPE_ENVIRONMENT_MISSING: {
    message: 'There is no `spack.yaml` in `{folder}`',
    hint: 'Name the folder of an environment with --env.',
    exitCode: 2,
  },
  RECIPE_ENVIRONMENT_INVALID: {
    message: '{file}, line {line}: {fault}',
    hint: 'Correct the environment; `spack config get` shows how Spack reads it.',
    exitCode: 2,
  },
  RECIPE_SOURCE_MISSING: {
    message: 'Recipe `{recipe}`: the source `{path}` does not exist',
    hint: 'Source paths are relative to the folder that holds spack.yaml.',
    exitCode: 2,
  },
  RECIPE_SOURCE_UNUSABLE: {
    message: 'Recipe `{recipe}`: `{path}` in its source is {kind}, which cannot be part of a source',
    hint: 'Sources hold plain files, folders, and symbolic links that stay inside the source.',
    exitCode: 2,
  },
  RECIPE_SOURCE_CHECKSUM: {
    message: 'Recipe `{recipe}`: {url} has sha256 {actual}, the recipe has {expected}; nothing was kept',
    hint: 'Check who changed the file. If the new one is right, put its sha256 into the recipe.',
  },
  RECIPE_SOURCE_FETCH: {
    message: 'Recipe `{recipe}`: {url} cannot be fetched: {reason}',
    hint: 'Check the address and the network, or put the source into the repository (`source: { path: … }`).',
    status: 502,
  },
  RECIPE_SOURCE_UNPACK: {
    message: 'Recipe `{recipe}`: {url} cannot be unpacked: {reason}',
    hint: 'Archives that `tar` reads are unpacked; anything else is put into the build folder as it is.',
  },
  RECIPE_TOOLCHAIN_MISSING: {
    message: 'The C compiler `{compiler}` does not run: {reason}',
    hint: 'Install a C compiler, for example with `apt-get install gcc g++ make`.',
    status: 500,
  },
  BUILD_NOT_IN_LOCK: {
    message: 'The lock has no package with the hash `{hash}`',
    hint: 'Take the hash from the lock that the generate job left.',
    exitCode: 2,
  },
  BUILD_RECIPE_CHANGED: {
    message:
      'Package `{package}`: recipe or source differ from the lock (package_hash {actual}, the lock has {expected})',
    hint: 'Build from the commit that was locked, or lock again.',
    status: 409,
  },
  BUILD_STEP_FAILED: {
    message: 'Package `{package}`: step `{step}` ({position}) {outcome} at `{command}`{tail}',
    hint: 'The whole log is above. Correct the step or the source of `{package}`, and push again.',
    status: 500,
  },
  BUILD_CANCELED: {
    message: 'Package `{package}`: the build was stopped in step `{step}`; no prefix is left',
    status: 499,
  },
  BUILD_NOTHING_INSTALLED: {
    message: 'Package `{package}`: the step `install` put nothing into its prefix `{prefix}`',
    hint: 'Copy the files into "$PREFIX" in the recipe `{recipe}`.',
    status: 500,
  },
  BUILD_SCRATCH_INSIDE_STORE: {
    message: 'The scratch folder `{scratch}` is inside the store root `{storeRoot}`',
    hint: 'Put the data folder elsewhere, or give another store root.',
    status: 500,
    exitCode: 2,
  },
  BUILD_NAMESPACES_MISSING: {
    message: 'The lock is for packages in `{storeRoot}`, and this machine has no namespaces to isolate builds there',
    hint: 'Let users create namespaces (`slipway doctor` explains how), or lock and build on the same machine.',
    status: 500,
  },
  BUILD_STORE_CLOSED: {
    message: 'Packages are to be installed in `{storeRoot}`, where nothing can be written: {reason}',
    hint: 'Let users create namespaces (`slipway doctor` explains how), or set SLIPWAY_CACHE to a writable folder.',
    status: 500,
  },
  BUILD_SHELL_MISSING: {
    message: 'Package `{package}`: the shell for step `{step}` does not start: {reason}',
    hint: '`sh` must be on the PATH {path}.',
    status: 500,
  },
  BUILD_DEPENDENCY_MISSING: {
    message: 'The dependency {package} /{hash} is on none of the mirrors: {mirrors}',
    hint: 'Its own job must have succeeded before; run the pipeline again.',
    status: 409,
  },
  BUILD_DISK_FULL: {
    message: '{package} could not be built: the disk of `{scratch}` is full',
    hint: 'Free some space there, or move the data folder to a larger disk; then retry the job.',
    status: 507,
  },
  BUILD_MIRROR_REFUSED: {
    message: '{package} could not be built [{class}]: {reason}',
    hint: 'Repair the mirror, or remove the entry from it, and retry the job.',
    status: 502,
  },
  BUILD_PUSH_FAILED: {
    message: '{package} was built, but could not be pushed to {mirror}: {reason}',
    hint: 'Check that the mirror is reachable and that this job may write there, and retry the job.',
    status: 502,
    // As `spack ci rebuild` has it: built, but not on the mirror.
    exitCode: 100,
  },
  SPACK_NOT_FOUND: {
    message:
      'There is no Spack: SPACK_ROOT is not set, `spack` is not on PATH ({path}), and SPACK_REPO names no repository',
    hint:
      'Run `slipway spack install`, set SPACK_ROOT to a checkout of Spack, or set SPACK_REPO and SPACK_REF to clone one. ' +
      'A stack with a folder `recipes` needs none.',
    exitCode: 2,
  },
  SPACK_RELEASE_UNKNOWN: {
    message: 'Spack {release} is not among the releases that can be installed: {known}.',
    hint: 'Choose one of them, or name a repository at the commit that you want with `--from`.',
    exitCode: 2,
  },
  SPACK_PYTHON_MISSING: {
    message: 'No Python environment can be made with `{python}`: {reason}.',
    hint: 'Install Python 3.6 or newer (Debian: `apt-get install python3 python3-venv`), or name one with `--python`.',
    status: 500,
  },
  SPACK_PIP_MISSING: {
    message: 'clingo cannot be installed: `{python}` has neither pip nor ensurepip.',
    hint: 'Install one of them (Debian: `apt-get install python3-venv` or `python3-pip`), or name another `--python`.',
    status: 500,
  },
  SPACK_CLINGO_FAILED: {
    message: 'clingo cannot be installed for `{python}`: {reason}.',
    hint:
      'Check the network and the proxy. Without a network, download the wheels elsewhere with ' +
      '`python3 -m pip download clingo`, and name their folder with `--wheels`.',
    status: 502,
  },
  SPACK_INSTALL_FAILED: {
    message: 'Spack was not installed in {folder}: {reason}.',
    hint: 'Check what `--from` names, the free space and the permissions of the folder, and run the command again.',
    status: 500,
  },
  SPACK_NOT_INSTALLED: {
    message: 'No installed Spack is named `{name}`.',
    hint: '`slipway spack list` lists what is installed.',
    exitCode: 2,
  },
  SPACK_ROOT_WRONG: {
    message: 'SPACK_ROOT is `{root}`, which holds no Spack',
    hint: 'It is the folder of a checkout, in which `bin/spack` and `lib/spack` are.',
    exitCode: 2,
  },
  SPACK_CLONE_FAILED: {
    message: 'Spack cannot be cloned from {repository} at `{reference}`: {reason}',
    hint: 'Check the address, SPACK_REF and the network, or name a local clone (SPACK_ROOT, `slipway spack install --from`).',
    status: 502,
  },
  SPACK_PARTS_MISSING: {
    message: 'Spack cannot work on this machine: it lacks {parts}',
    hint: '{remedies} `slipway doctor` lists what else is missing.',
    status: 500,
  },
  SPACK_PACKAGE_UNKNOWN: {
    message: 'Package `{subject}`: {cause}',
    hint: 'Check its name in `specs` of {environment}/spack.yaml, and `repos` if it is your own.',
  },
  SPACK_UNSATISFIABLE: {
    message: 'Spec `{subject}` cannot be concretized: {cause}',
    hint: 'The whole output of Spack is above. Change the spec, or `packages` in {environment}/spack.yaml.',
  },
  SPACK_RECIPES_MISSING: {
    message: 'The recipes of Spack cannot be fetched into {subject}: {cause}',
    hint: 'Let this machine reach the repository, or clone it and name that folder in `repos` of the configuration.',
    status: 502,
  },
  SPACK_GIT_VERSION_UNKNOWN: {
    message: 'A version that is a commit cannot be looked up in {subject}: {cause}',
    hint:
      'Let this machine reach the repository, or write in `packages` or `specs` which version the commit stands for: ' +
      '`@git.<tag>=<version>` needs no look-up.',
    status: 502,
  },
  SPACK_COMPILER_MISSING: {
    message: 'Spec `{subject}` needs a compiler that does not exist: {cause}',
    hint: 'Install it, or name one that `spack compilers` lists.',
  },
  SPACK_FAILED: {
    message: 'Spack itself failed at {what}: {reason}',
    hint: 'Its output is above. `slipway doctor` lists what this machine lacks for it.',
    status: 500,
  },
  SPACK_INSTALLED_NOTHING: {
    message: 'Package `{package}`: Spack reported success, but `{prefix}` was not installed',
    hint:
      'The output of Spack is above. Run the job again; if it happens again, check `packages` and `upstreams` of the ' +
      'configuration.',
    status: 500,
  },
  SPACK_BUILD_FAILED: {
    message: 'Package `{package}` failed in phase `{phase}` [{class}]: {reason}',
    hint: '{remedy}',
    status: 500,
  },
});
