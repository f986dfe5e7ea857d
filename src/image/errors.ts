import { defineErrors } from '../kit/index.ts';

export const imageError = defineErrors({
  IMAGE_ENTRY_MISSING: {
    message: 'The mirror does not have all packages of the image. Missing: {packages}.',
    hint: 'Run the pipeline of this lock until it succeeds, then build the image.',
    status: 409,
  },
  IMAGE_ENTRY_UNSIGNED: {
    message: '{package} cannot be part of an image, because the mirror has no valid signature for it.',
    hint: 'Run the protected pipeline of this lock, whose notary signs the packages.',
    status: 409,
  },
  IMAGE_LAYERS_TOO_MANY: {
    message: 'The base has so many layers that only {limit} are left for packages.',
    hint: 'Use a base with fewer layers. Container engines support about 127.',
  },
  IMAGE_DEFINITION_MISSING: {
    message: '{file} defines {found}, so it is not clear which image to use.',
    hint: 'Select one with `--repository`.',
    exitCode: 2,
  },
  IMAGE_FAULTY: {
    message: 'Image `{reference}` has {count} faults. The first is: {first}.',
    hint: 'Do not use the image. Build and publish it again.',
  },
  IMAGE_BUILDER_MISSING: {
    message: 'The image is built from a Dockerfile, but none of these programs works on this machine: {tried}.',
    hint: 'Install buildah, podman or docker on the machine that builds, or set another value for `contents`.',
    status: 501,
  },
  IMAGE_BUILD_FAILED: {
    message: '`{command}` failed to build the image ({reason}). Its last output was:\n{output}',
    hint: 'Fix the Dockerfile or the hook. No tag was changed.',
  },
  IMAGE_HOOK_UNSANDBOXED: {
    message: 'The hook that builds the image cannot run, because no sandbox works on this machine ({reason}).',
    hint:
      '{remedy} Set `hook: false` to build the Dockerfile without the hook. A server whose embedded runner has ' +
      '`sandbox: never` runs it without a sandbox.',
    status: 501,
  },
  IMAGE_RECORDS_WRONG: {
    message: 'The records of image `{reference}` are not valid: {first}{more}.',
    hint: 'Do not use the image until you know the reason. An image of a protected pipeline has all records.',
  },
  IMAGE_LIBRARIES_MISSING: {
    message: 'The image lacks {count} libraries or symbols that its programs need. The first is: {first}.',
    hint: 'Use a base that has them, or add a package that has them. List libraries of the host in `smoke.ignore`.',
  },
  IMAGE_SMOKE_FAILED: {
    message: '`{command}` failed in the image ({reason}). Its output was: {output}',
    hint: 'Fix the package, or the command in `smoke.commands`. No tag was changed.',
  },
  IMAGE_SMOKE_IMPOSSIBLE: {
    message: 'The commands in `smoke` cannot run, because no sandbox works on this machine ({reason}).',
    hint:
      '{remedy} A server whose embedded runner has `sandbox: never` runs those of merged changes without a ' +
      'sandbox. `slipway image build --no-smoke` skips them.',
    status: 501,
  },
  IMAGE_EMPTY: {
    message: 'The lock has no package for an image.',
    hint: 'Add a spec that is not external to the environment.',
    exitCode: 2,
  },
  IMAGE_PLATFORM_UNKNOWN: {
    message: '{package} is for {platform}, for which container images have no platform name.',
    hint: 'Use packages for Linux on x86_64, aarch64, ppc64le or riscv64.',
    exitCode: 2,
  },
  IMAGE_PLATFORM_MIXED: {
    message: 'The packages are for different processors: {platforms}.',
    hint: 'Create a separate environment for each processor.',
    exitCode: 2,
  },
  IMAGE_PLATFORM_TWICE: {
    message: 'Two locks are for {platform}: {one} and {other}.',
    hint: 'Select the locks of the image with `locks` of its rule in `slipway.yaml`, or use fewer `--lock` options.',
    exitCode: 2,
  },
  IMAGE_ENVIRONMENT_INVALID: {
    message: 'The environment changes of {package} cannot be read: {file}.',
    hint: 'Build the package and push it again, or update Slipway if a newer version packed it.',
  },
  IMAGE_LOCK_UNKNOWN: {
    message: 'Image {image} was made from lock {lock}, which is not among the given locks.',
    hint: 'Record the image with the locks that it was made from.',
    status: 500,
  },
  IMAGE_PREFIX_UNKNOWN: {
    message: 'The tarball of {package} does not contain its prefix.',
    hint: 'Check the entry with `slipway mirror verify`, and push the package again.',
  },
  IMAGE_BLOB_MISSING: {
    message: 'Blob {key} of {package} is missing on the mirror {mirror}.',
    hint: 'Check the mirror with `slipway mirror verify`, and push the package again.',
    status: 409,
  },
  IMAGE_FILE_MISSING: {
    message: '`images[].files` names `{path}`, which does not exist in {location}.',
    hint: 'Commit the file, or remove it from `files`.',
    exitCode: 2,
  },
  IMAGE_FILE_REFUSED: {
    message: '`{path}` cannot be added to the image: {reason}.',
    hint: 'Name a regular file or folder of the repository, and an absolute path for it.',
    exitCode: 2,
  },
  IMAGE_FILES_TOO_LARGE: {
    message: 'The files of the image have more than {limit} bytes.',
    hint: 'Create a package for large files. Each package is a separate layer.',
    exitCode: 2,
  },
  IMAGE_PATH_CROSSES_LINK: {
    message: '`{path}` leads through `{link}`, which is not a folder in the base image{target}.',
    hint: 'Use another base or another path.',
    exitCode: 2,
  },
  IMAGE_PATH_HIDES: {
    message: '{package} contains `{path}`, a reserved name that deletes files of lower layers.',
    hint: 'Rename the file in the recipe of the package.',
  },
  IMAGE_FILES_CLASH: {
    message: '{one} and {other} both contain `{path}`.',
    hint: 'Remove one of the packages, or add the path to `clashes` to use the file of {other}.',
    exitCode: 2,
  },
  IMAGE_SYMBOLS_MISSING: {
    message:
      '`{needer}` needs {missing}, which the library in the image does not have. There are {others} more such ' +
      'symbols.',
    hint: 'Use a base with a system at least as new as the one that the packages were built on.',
  },
  IMAGE_VIEW_UNSUPPORTED: {
    message: 'View `{view}` of `spack.yaml` has {what}, which Slipway does not support.',
    hint: 'Give the image a separate view (`view: /opt/view`), or none (`view: false`).',
    exitCode: 2,
  },
  IMAGE_VIEW_CLASH: {
    message: '`{path}` of view {view} is a folder in one package and a file in {package}.',
    hint: 'Remove one of the packages from the view with `exclude`.',
    exitCode: 2,
  },
  IMAGE_USER_TAKEN: {
    message: 'User `{user}` ({id}) cannot be added, because {by} has the same name or id.',
    hint: 'Choose another name or another `id`.',
    exitCode: 2,
  },
  IMAGE_USER_UNKNOWN: {
    message: 'A folder belongs to `{user}`, but neither the base nor `users` has such a user.',
    hint: 'Add the user to `users`, or use its numeric id.',
    exitCode: 2,
  },
  IMAGE_FORMAT_UNFIT: {
    message: 'The image cannot be written in Docker format: {what}.',
    hint: 'Set `compression: stored`, or `format: oci`.',
    exitCode: 2,
  },
  IMAGE_NEEDS_BUILD: {
    message:
      'An image with `contents: dockerfile` is built from a Dockerfile, so it cannot be assembled from packages.',
    hint: 'Publish it with a pipeline, or set another value for `contents`.',
    exitCode: 2,
  },
  IMAGE_TREES_MIXED: {
    message: 'The packages were built for several install trees: {trees}.',
    hint: 'Set `root` to the install tree of the image. The packages are relocated to it.',
    exitCode: 2,
  },
  IMAGE_MIRROR_ENTRY: {
    message: '{entry} cannot be added to the build cache of the image: {reason}.',
    hint: 'Run the protected pipeline, whose notary signs packages. For `layout: v2` it must sign spec files too.',
    status: 409,
  },
  IMAGE_TAG_MOVED: {
    message: 'Another writer moved tag {reference} from {seen} to {found} during the publication.',
    hint: 'Find out who else publishes to this tag. Publish again, or set `moved: replace`.',
    status: 409,
  },
  IMAGE_TAG_FOREIGN: {
    message: 'Another writer moved tag {reference} after it was published. It now refers to {found}.',
    hint:
      'Find out who else publishes to this tag. To replace it once, run `slipway publish retry --image ID ' +
      '--replace`. To always replace it, set `moved: replace`.',
    status: 409,
  },
  IMAGE_TAG_IMMUTABLE: {
    message: 'Tag {reference} is immutable and refers to {found}, so {digest} was not published to it.',
    hint:
      'Publish to another tag, for example with a new git tag. To give this tag up, remove `immutable` from its rule, ' +
      'in the commit and on the default branch.',
    status: 409,
  },
  IMAGE_LAYER_HOLDS_SECRET: {
    message: 'The image contains the value of the secret variable `{name}` in `{path}`, so it was not published.',
    hint: 'Keep the value out of the package or file, build it again, and replace the secret if others could read it.',
  },
  IMAGE_BASE_INVALID: {
    message: 'Base `{base}` cannot be used: {reason}.',
    hint: 'Write `scratch`, `host`, an image reference, or `oci:<folder>:<name>` for an image layout in the repository.',
    exitCode: 2,
  },
  IMAGE_TAG_INVALID: {
    message: 'The rule for {repository} produces `{tag}` from `{ref}`, which is not a valid tag.',
    hint: 'Change the rule so that tags have at most 128 letters, digits, `_`, `.` and `-`.',
    exitCode: 2,
  },
  IMAGE_UNPACK_REFUSED: {
    message: 'Layer {digest} contains `{name}`, which {reason}.',
    hint: 'Do not use this image. It is damaged, or made to harm the machine that unpacks it.',
  },
  IMAGE_UNPACK_EXISTS: {
    message: 'The folder {folder} already exists and is not empty, so nothing was unpacked.',
    hint: 'Name a folder that does not exist.',
    status: 409,
    exitCode: 2,
  },
});
