import { defineErrors } from '../kit/index.ts';

export const imageError = defineErrors({
  IMAGE_ENTRY_MISSING: {
    message: 'The image needs packages that the mirror does not have: {packages}',
    hint: 'Run the pipeline of this lock to its end, then build the image.',
    status: 409,
  },
  IMAGE_ENTRY_UNSIGNED: {
    message: 'The mirror has no valid signature for {package}, so it may not go into an image',
    hint: 'Run the protected pipeline of this lock; its notary signs what it accepts.',
    status: 409,
  },
  IMAGE_LAYERS_TOO_MANY: {
    message: 'Only {limit} layers are left for packages: the base has too many layers of its own',
    hint: 'Use a base with fewer layers: container engines mount some 127.',
  },
  IMAGE_DEFINITION_MISSING: {
    message: '{file} defines {found}, so it is not clear which image is meant',
    hint: 'Name one with `--repository`.',
    exitCode: 2,
  },
  IMAGE_FAULTY: {
    message: 'Image `{reference}` has {count} faults; the first: {first}',
    hint: 'Do not use it; build and publish it again.',
  },
  IMAGE_BUILDER_MISSING: {
    message: 'The image is built by a Dockerfile, and none of these programs works here: {tried}',
    hint: 'Install buildah, podman or docker on the machine that builds, or choose other `contents`.',
    status: 501,
  },
  IMAGE_BUILD_FAILED: {
    message: '`{command}` did not build the image ({reason}); the last that it wrote:\n{output}',
    hint: 'Fix the Dockerfile or the hook; no tag was moved.',
  },
  IMAGE_HOOK_UNSANDBOXED: {
    message: 'The hook that builds the image cannot run on this machine: no sandbox works ({reason})',
    hint:
      '{remedy} With `hook: false` the Dockerfile is built without it; a server whose embedded runner has ' +
      '`sandbox: never` runs it without a sandbox.',
    status: 501,
  },
  IMAGE_RECORDS_WRONG: {
    message: 'The records of image `{reference}` do not hold: {first}{more}',
    hint: 'Do not use the image before you know why: an image of a protected pipeline has all records.',
  },
  IMAGE_LIBRARIES_MISSING: {
    message: 'The image lacks {count} libraries or symbols that its programs are linked with: {first}',
    hint:
      'For the C library, set `base: host` in slipway.yaml: the image then contains that of the building machine. ' +
      'Otherwise use a base that has them, or add a package with them. If the machine that runs the image provides ' +
      'them, list them in `smoke.ignore`.',
  },
  IMAGE_SMOKE_FAILED: {
    message: '`{command}` failed in the image ({reason}); it wrote: {output}',
    hint: 'Fix the package, or the command in `smoke.commands`; no tag was moved.',
  },
  IMAGE_SMOKE_IMPOSSIBLE: {
    message: 'Programs of an image cannot run on this machine: no sandbox works ({reason})',
    hint:
      '{remedy} A server whose embedded runner has `sandbox: never` runs those of merged changes without a sandbox; ' +
      '`slipway image build --no-smoke` runs none, and `slipway image run --sandbox never` runs an image without one.',
    status: 501,
  },
  IMAGE_EMPTY: {
    message: 'The lock has no package that could go into an image',
    hint: 'Give the environment a spec that is not external.',
    exitCode: 2,
  },
  IMAGE_PLATFORM_UNKNOWN: {
    message: '{package} is for {platform}, which has no name among container images',
    hint: 'Images can be made of packages for Linux on x86_64, aarch64, ppc64le or riscv64.',
    exitCode: 2,
  },
  IMAGE_PLATFORM_MIXED: {
    message: 'The packages are for different processors: {platforms}',
    hint: 'Create an environment for each processor.',
    exitCode: 2,
  },
  IMAGE_PLATFORM_TWICE: {
    message: 'Two locks are for {platform}: {one} and {other}',
    hint: 'Name the locks that the image is of: `locks` of its rule in slipway.yaml, or fewer `--lock`.',
    exitCode: 2,
  },
  IMAGE_ENVIRONMENT_INVALID: {
    message: 'The changes that {package} makes to the environment of its users cannot be read: {file}',
    hint: 'Build and push the package again, or make the image with a newer slipway if the package is of one.',
  },
  IMAGE_LOCK_UNKNOWN: {
    message: 'Image {image} is made of lock {lock}, which is not among the locks',
    hint: 'Record an image with the locks that it was made of.',
    status: 500,
  },
  IMAGE_PREFIX_UNKNOWN: {
    message: 'The tarball of {package} does not show its prefix',
    hint: 'Check the entry with `slipway mirror verify`, and push the package again.',
  },
  IMAGE_BLOB_MISSING: {
    message: 'Blob {key} of {package} is not in the mirror {mirror}',
    hint: 'Check the mirror with `slipway mirror verify`; push the package again.',
    status: 409,
  },
  IMAGE_FILE_MISSING: {
    message: '`images[].files` names `{path}`, which is not in {location}',
    hint: 'Commit the file, or take it out of `files`.',
    exitCode: 2,
  },
  IMAGE_FILE_REFUSED: {
    message: '`{path}` cannot be put into the image: {reason}',
    hint: 'Name a plain file or folder of the repository, and an absolute path for it.',
    exitCode: 2,
  },
  IMAGE_FILES_TOO_LARGE: {
    message: 'The files of the image have more than {limit} bytes',
    hint: 'Make a package of what is large: packages are layers of their own.',
    exitCode: 2,
  },
  IMAGE_PATH_CROSSES_LINK: {
    message: '`{path}` passes through `{link}`, which is not a folder in the base image{target}',
    hint: 'Choose another base, or another path.',
    exitCode: 2,
  },
  IMAGE_PATH_HIDES: {
    message: '{package} has `{path}`, a name by which images delete files of lower layers',
    hint: 'Change the name of the file in the recipe.',
  },
  IMAGE_FILES_CLASH: {
    message: '{one} and {other} both have `{path}`',
    hint: 'Leave one of the packages out, or name the path in `clashes`: then the upper one, {other}, wins.',
    exitCode: 2,
  },
  IMAGE_SYMBOLS_MISSING: {
    message: '`{needer}` needs {missing}, which the library in the image does not have (and {others} more like this)',
    hint: 'Use a base whose system is at least as new as the one that the packages were built on.',
  },
  IMAGE_VIEW_UNSUPPORTED: {
    message: 'View `{view}` of `spack.yaml` has {what}, which slipway cannot make',
    hint: 'Give the image a view of its own (`view: /opt/view`), or none (`view: false`).',
    exitCode: 2,
  },
  IMAGE_VIEW_CLASH: {
    message: '`{path}` is a folder in one package of view {view} and a file in {package}',
    hint: 'Leave one of them out of the view with `exclude`.',
    exitCode: 2,
  },
  IMAGE_USER_TAKEN: {
    message: 'User `{user}` ({id}) cannot be added: the name or the number is that of {by}',
    hint: 'Choose another name or `id`.',
    exitCode: 2,
  },
  IMAGE_USER_UNKNOWN: {
    message: 'A folder belongs to `{user}`, and there is no such user in the base or in `users`',
    hint: 'Add the user to `users`, or use its number.',
    exitCode: 2,
  },
  IMAGE_FORMAT_UNFIT: {
    message: 'The image cannot have Docker’s format: {what}',
    hint: 'Set `compression: stored`, or `format: oci`.',
    exitCode: 2,
  },
  IMAGE_NEEDS_BUILD: {
    message: 'An image with `contents: dockerfile` is built by a Dockerfile, not put together out of packages',
    hint: 'Have a pipeline publish it, or choose other `contents`.',
    exitCode: 2,
  },
  IMAGE_TREES_MIXED: {
    message: 'The packages were built for several install trees: {trees}',
    hint: 'Set `root` to the install tree of the image: packages are relocated to it.',
    exitCode: 2,
  },
  IMAGE_MIRROR_ENTRY: {
    message: '{entry} cannot go into the image’s build cache: {reason}',
    hint: 'Run the protected pipeline, whose notary signs; for `layout: v2` it must sign spec files too.',
    status: 409,
  },
  IMAGE_TAG_MOVED: {
    message: 'Tag {reference} was moved by another writer during the publication: it was {seen}, now it is {found}',
    hint: 'Find out who else publishes there. Publish again, or set `moved: replace`.',
    status: 409,
  },
  IMAGE_TAG_FOREIGN: {
    message: 'Tag {reference} was moved by another writer since it was published: it now names {found}.',
    hint:
      'Find out who else publishes there. To replace it once, run `slipway publish retry --image ID --replace`; ' +
      'to replace it always, set `moved: replace`.',
    status: 409,
  },
  IMAGE_LAYER_HOLDS_SECRET: {
    message: 'The image would contain the value of the secret variable `{name}` in `{path}`, so it is not published.',
    hint: 'Keep the value out of the package or file, build it again, and replace the secret if others could read it.',
  },
  IMAGE_BASE_INVALID: {
    message: 'Base `{base}` cannot be used: {reason}',
    hint: 'Write `scratch`, `host`, an image reference, or `oci:<folder>:<name>` for a layout inside the repository.',
    exitCode: 2,
  },
  IMAGE_TAG_INVALID: {
    message: 'Rule for {repository} makes the tag `{tag}` of `{ref}`, which is not a valid tag',
    hint: 'A tag has up to 128 letters, digits, `_`, `.`, `-`; let the expression leave out the rest.',
    exitCode: 2,
  },
  IMAGE_UNPACK_REFUSED: {
    message: 'Layer {digest} holds `{name}`, which {reason}',
    hint: 'Do not use this image: it is broken, or was made to do harm when it is unpacked.',
  },
  IMAGE_UNPACK_EXISTS: {
    message: 'Cannot unpack into {folder}: it exists and is not empty',
    hint: 'Name a folder that does not exist.',
    status: 409,
    exitCode: 2,
  },
});
