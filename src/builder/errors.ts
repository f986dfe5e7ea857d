import { defineErrors } from '../kit/index.ts';

export const builderError = defineErrors({
  RECIPE_ENVIRONMENT_MISSING: {
    message: 'There is no `spack.yaml` in `{folder}`.',
    hint: 'Name the folder of an environment with `--env`.',
    exitCode: 2,
  },
  RECIPE_ENVIRONMENT_INVALID: {
    message: '{file}, line {line}: {fault}.',
    hint: 'Correct the file. `spack config get` shows how Spack reads it.',
    exitCode: 2,
  },
  RECIPE_SOURCE_MISSING: {
    message: 'The source `{path}` of recipe `{recipe}` does not exist.',
    hint: 'Correct `source.path`, which is relative to the folder that contains `spack.yaml`.',
    exitCode: 2,
  },
  RECIPE_SOURCE_UNUSABLE: {
    message: 'The source of recipe `{recipe}` contains `{path}`, which is {kind} and not supported.',
    hint: 'Use only plain files, folders, and symbolic links that stay inside the source.',
    exitCode: 2,
  },
  RECIPE_SOURCE_CHECKSUM: {
    message:
      'The source {url} of recipe `{recipe}` has the SHA-256 {actual}, but the recipe expects {expected}, so ' +
      'it was discarded.',
    hint: 'Find out who changed the file. If the new file is right, update `sha256` in the recipe.',
  },
  RECIPE_SOURCE_FETCH: {
    message: 'The source {url} of recipe `{recipe}` cannot be fetched: {reason}.',
    hint: 'Check the URL and the network, or commit the source to the repository (`source: { path: … }`).',
    status: 502,
  },
  RECIPE_SOURCE_UNPACK: {
    message: 'The source {url} of recipe `{recipe}` cannot be unpacked: {reason}.',
    hint: 'Use an archive that `tar` can read. Other files are copied to the build folder unchanged.',
  },
  RECIPE_TOOLCHAIN_MISSING: {
    message: 'The C compiler `{compiler}` cannot be run: {reason}.',
    hint: 'Install a C compiler, for example with `apt-get install gcc g++ make`.',
    status: 500,
  },
  BUILD_NOT_IN_LOCK: {
    message: 'The lock has no package with the hash `{hash}`.',
    hint: 'Use a hash from the lock that the generate job created.',
    exitCode: 2,
  },
  BUILD_RECIPE_CHANGED: {
    message:
      'The recipe or source of package `{package}` changed after the lock was written (package_hash {actual}, ' +
      'in the lock {expected}).',
    hint: 'Build the commit that was locked, or lock again.',
    status: 409,
  },
  BUILD_STEP_FAILED: {
    message: 'Package `{package}` failed in step `{step}` ({position}) with {outcome} at `{command}`.{tail}',
    hint: 'Read the whole log. Correct the step or the source of `{package}`, and push again.',
    status: 500,
  },
  BUILD_CANCELED: {
    message: 'The build of package `{package}` was canceled in step `{step}`, and its prefix was removed.',
    hint: 'Retry the job to build the package.',
    status: 499,
  },
  BUILD_NOTHING_INSTALLED: {
    message: 'Step `install` of package `{package}` installed no files into its prefix `{prefix}`.',
    hint: 'Copy the files to `$PREFIX` in the recipe `{recipe}`.',
    status: 500,
  },
  BUILD_SCRATCH_INSIDE_STORE: {
    message: 'The scratch folder `{scratch}` is inside the install tree `{storeRoot}`.',
    hint: 'Use another data folder, or another install tree.',
    status: 500,
    exitCode: 2,
  },
  BUILD_NAMESPACES_MISSING: {
    message:
      'The lock is for the install tree `{storeRoot}`, which this machine cannot provide to builds without ' +
      'namespaces.',
    hint: 'Let users create namespaces (`slipway doctor` explains how), or lock and build on the same machine.',
    status: 500,
  },
  BUILD_STORE_CLOSED: {
    message: 'Packages cannot be installed in `{storeRoot}`: {reason}.',
    hint: 'Let users create namespaces (`slipway doctor` explains how), or set SLIPWAY_CACHE to a writable folder.',
    status: 500,
  },
  BUILD_SHELL_MISSING: {
    message: 'The shell for step `{step}` of package `{package}` cannot be started: {reason}.',
    hint: 'Install `sh` in one of the folders of PATH ({path}).',
    status: 500,
  },
  BUILD_DEPENDENCY_MISSING: {
    message: 'The dependency {package} /{hash} is on none of the mirrors ({mirrors}).',
    hint: 'Check that the job that builds the dependency has succeeded, and run the pipeline again.',
    status: 409,
  },
  BUILD_DISK_FULL: {
    message: '{package} could not be built, because the disk of `{scratch}` is full.',
    hint: 'Free space there, or move the data folder to a larger disk. Then retry the job.',
    status: 507,
  },
  BUILD_MIRROR_REFUSED: {
    message: '{package} could not be built [{class}]: {reason}.',
    hint: 'Repair the mirror, or remove the entry from it, and retry the job.',
    status: 502,
  },
  BUILD_PUSH_FAILED: {
    message: '{package} was built, but could not be pushed to {mirror}: {reason}.',
    hint: 'Check that the mirror can be reached and that this job may write to it, and retry the job.',
    status: 502,
    // As `spack ci rebuild` has it: built, but not on the mirror.
    exitCode: 100,
  },
  SPACK_NOT_FOUND: {
    message: 'Spack was not found: SPACK_ROOT is not set, `spack` is not on PATH ({path}), and SPACK_REPO is not set.',
    hint:
      'Run `slipway spack install`, set SPACK_ROOT to a checkout of Spack, or set SPACK_REPO and SPACK_REF to ' +
      'clone one. A stack with a folder `recipes` does not need Spack.',
    exitCode: 2,
  },
  SPACK_RELEASE_UNKNOWN: {
    message: 'Spack {release} is not one of the releases that can be installed: {known}.',
    hint: 'Choose one of them, or name a repository at the commit that you want with `--from`.',
    exitCode: 2,
  },
  SPACK_PYTHON_MISSING: {
    message: 'A Python environment cannot be created with `{python}`: {reason}.',
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
    message: 'There is no installed Spack named `{name}`.',
    hint: 'Run `slipway spack list` to see what is installed.',
    exitCode: 2,
  },
  SPACK_ROOT_WRONG: {
    message: 'SPACK_ROOT is `{root}`, which does not contain Spack.',
    hint: 'Set SPACK_ROOT to the folder of a checkout, which contains `bin/spack` and `lib/spack`.',
    exitCode: 2,
  },
  SPACK_CLONE_FAILED: {
    message: 'Spack cannot be cloned from {repository} at `{reference}`: {reason}.',
    hint: 'Check the address, SPACK_REF and the network, or name a local clone (SPACK_ROOT, `slipway spack install --from`).',
    status: 502,
  },
  SPACK_PARTS_MISSING: {
    message: 'Spack cannot run on this machine, which lacks {parts}.',
    hint: '{remedies} Run `slipway doctor` to list what else is missing.',
    status: 500,
  },
  SPACK_PACKAGE_UNKNOWN: {
    message: 'Package `{subject}` cannot be found: {cause}.',
    hint: 'Check its name in `specs` of {environment}/spack.yaml, and check `repos` if the package is your own.',
  },
  SPACK_UNSATISFIABLE: {
    message: 'Spec `{subject}` cannot be concretized: {cause}.',
    hint: 'Read the output of Spack above, and change the spec or `packages` in {environment}/spack.yaml.',
  },
  SPACK_RECIPES_MISSING: {
    message: 'The package repository of Spack cannot be fetched into {subject}: {cause}.',
    hint: 'Let this machine reach the repository, or clone it and name that folder in `repos` of the configuration.',
    status: 502,
  },
  SPACK_GIT_VERSION_UNKNOWN: {
    message: 'The version of a commit cannot be determined in {subject}: {cause}.',
    hint:
      'Let this machine reach the repository, or name the version of the commit in `packages` or `specs` with ' +
      '`@git.<tag>=<version>`.',
    status: 502,
  },
  SPACK_COMPILER_MISSING: {
    message: 'Spec `{subject}` needs a compiler that is not installed: {cause}.',
    hint: 'Install the compiler, or name one that `spack compilers` lists.',
  },
  SPACK_FAILED: {
    message: 'Spack failed while {what}: {reason}.',
    hint: 'Read its output above. Run `slipway doctor` to list what this machine lacks.',
    status: 500,
  },
  SPACK_INSTALLED_NOTHING: {
    message: 'Spack reported success for package `{package}`, but did not install it in `{prefix}`.',
    hint:
      'Read the output of Spack above and run the job again. If it fails again, check `packages` and ' +
      '`upstreams` of the configuration.',
    status: 500,
  },
  SPACK_BUILD_FAILED: {
    message: 'Package `{package}` failed in phase `{phase}` [{class}]: {reason}.',
    hint: '{remedy}',
    status: 500,
  },
});
